"""One module per operation; each defines OPERATION. The handler has the same file name."""
