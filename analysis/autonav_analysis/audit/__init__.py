"""What rules about content share: facts of a text by its syntax, kinds of paths, what moved."""
