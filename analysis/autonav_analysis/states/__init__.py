"""States: immutable trees of files, each named by one hash, that share what they have in common."""
