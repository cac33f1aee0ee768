"""SQLite or PostgreSQL: opening it, its tables and their rows."""
