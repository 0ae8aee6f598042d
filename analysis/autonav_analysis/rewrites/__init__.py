"""One module per rewrite; each defines REWRITE."""
