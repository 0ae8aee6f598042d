"""From a failing test to a branch: running an exploration, keeping what it found, committing it."""
