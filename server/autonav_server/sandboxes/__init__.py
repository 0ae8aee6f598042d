"""One module per sandbox; each defines SANDBOX."""
