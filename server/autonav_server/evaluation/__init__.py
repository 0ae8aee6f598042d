"""Judging candidates in background processes."""
