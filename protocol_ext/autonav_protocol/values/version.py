"""One version of a file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FileVersion:
    """What a path held at a time (ISO 8601): the BLAKE3 of its bytes, "" where it was gone.

    `mode` is git's: 100644, 100755 or 120000. `size` is in bytes, None where the content was too large to keep.
    """

    at: str
    path: str
    image: str
    mode: str
    size: int | None
