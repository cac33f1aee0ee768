"""Tests of memory/, one file per module."""
