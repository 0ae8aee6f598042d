"""The wire: operations, events, settings, errors and the values that cross a process boundary."""
