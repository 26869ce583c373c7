"""Measurements of speed and quality; nothing in the package imports them."""
