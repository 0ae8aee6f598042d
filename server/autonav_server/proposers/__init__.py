"""One module per proposer; each defines PROPOSER."""
