"""Validation helpers and public law checks."""
