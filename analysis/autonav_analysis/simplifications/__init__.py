"""One module per simplification; each defines SIMPLIFICATION."""
