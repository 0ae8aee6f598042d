"""What the command line needs besides its surface: the generated table and the circumstances of a call."""
