"""The Slack app: stands on memory."""
