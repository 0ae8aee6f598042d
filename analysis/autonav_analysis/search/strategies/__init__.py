"""One module per strategy; each defines STRATEGY."""
