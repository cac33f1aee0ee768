"""Keeps memories; knows nothing of Slack."""
