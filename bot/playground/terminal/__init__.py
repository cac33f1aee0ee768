"""The stand-in Slack in a terminal."""
