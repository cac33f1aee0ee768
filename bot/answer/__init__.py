"""From the question to the last word of the answer in Slack."""
