"""Judging the content of a change: reading its texts, running the rules beside the editor."""
