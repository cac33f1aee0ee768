"""A stand-in Slack on loopback, and the ways to talk through it."""
