"""From diff facts to hunks."""
