"""Modals and the Home tab."""
