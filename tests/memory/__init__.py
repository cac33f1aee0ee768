"""Tests of memory/, a folder for each of its rooms."""
