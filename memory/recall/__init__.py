"""Choosing the memories for a turn, and how they stand in the prompt."""
