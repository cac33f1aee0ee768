"""The stand-in Slack, proved with a real Bolt app."""
