"""The playground in a browser: the stand-in Slack, with a view of what goes on inside the bot."""
