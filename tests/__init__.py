"""Tests of the bot and of the memory store, one file per module."""
