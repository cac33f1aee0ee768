"""What people see: Block Kit, as functions of values. Pure."""
