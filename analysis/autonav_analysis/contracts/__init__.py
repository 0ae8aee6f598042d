"""Globs, scope and the contract file."""
