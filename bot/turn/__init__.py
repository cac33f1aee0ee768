"""One message: is it for us, what it asks, what becomes of it."""
