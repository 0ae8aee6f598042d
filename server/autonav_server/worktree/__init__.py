"""One worktree: git, its store, what was expected and what became of it."""
