"""One module per toolchain; each defines TOOLCHAIN."""
