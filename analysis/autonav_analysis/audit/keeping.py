"""Keeping what was read of a changed file, by the content of both sides."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from autonav_protocol.values.audit import AuditedFile
from autonav_protocol.values.change import FileChange

T = TypeVar("T")
Key = tuple[str, str, str]
"""What a change of one file is known by: its path and the names of both texts, "" where there is none."""

MOST_KEPT = 20_000


def key_of(change: FileChange) -> Key:
    """Return what a change of one file is known by."""
    return change.path, change.before.oid if change.before else "", change.after.oid if change.after else ""


def kept(read: Callable[[str, AuditedFile], T]) -> Callable[[str, AuditedFile], T]:
    """Return a reader, of a language and a file, that keeps what it read; the oldest goes first."""
    known: OrderedDict[Key, T] = OrderedDict()

    def reader(language: str, file: AuditedFile) -> T:
        key = key_of(file.change)
        if key not in known:
            known[key] = read(language, file)
            if len(known) > MOST_KEPT:
                known.popitem(last=False)
        return known[key]

    return reader
