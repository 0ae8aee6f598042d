"""What `autonav demo` shows: a small project, a careless agent, and a client that drives the real server."""
