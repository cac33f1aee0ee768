"""A Slack on loopback: its people, its Web API, its events."""
