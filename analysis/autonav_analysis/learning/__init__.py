"""Learning from records: replaying decisions and comparing settings honestly. Pure, seeded, no clock."""
