"""Tests of bot/, a folder for each of its rooms."""
