"""What a line of a message asks of the memory, said in one's own words, in nine languages and English. Pure."""

from memory.text.intent.language import Kind, Scope
from memory.text.intent.read import Intent, intent

__all__ = ["Intent", "Kind", "Scope", "intent"]
