"""Who it is: people, workspaces and installations."""
