"""What sandboxes are made of: named pipes, control groups, a filter of system calls, and watching over a run."""
