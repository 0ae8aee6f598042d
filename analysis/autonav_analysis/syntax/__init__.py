"""Parsing, positions and symbols."""
