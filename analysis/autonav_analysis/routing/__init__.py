"""Features of a task, its score and the decision."""
