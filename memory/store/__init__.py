"""Keeps memories: the store and what it is made of."""
