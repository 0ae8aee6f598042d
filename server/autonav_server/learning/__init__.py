"""What explorations leave behind to learn from, and what became of what was applied."""
