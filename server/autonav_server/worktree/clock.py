"""The time as texts that sort."""

from datetime import UTC, datetime, timedelta


def now() -> str:
    """Return the time, UTC, in ISO 8601 with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def in_hours(hours: float) -> str:
    """Return the time so many hours from now, UTC, in ISO 8601 with seconds."""
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")
