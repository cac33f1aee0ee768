"""Slack's wire: requests in, the inbox, calls out."""
