"""Cognitive and cyclomatic complexity from a query and one sweep."""
