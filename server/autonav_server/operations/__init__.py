"""One handler per operation, named as its declaration; each defines `run`."""
