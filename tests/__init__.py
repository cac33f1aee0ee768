"""Tests of the bot, of the memory store and of what is around them: the rooms are those of the code."""
