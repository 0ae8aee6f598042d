"""Which candidate to try next, given what was learned so far."""
