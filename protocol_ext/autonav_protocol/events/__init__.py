"""One module per notification from the server; each defines EVENT."""
