"""Programs that a person's settings name, and whether they are there."""

import os
import shutil

from autonav_server.proposer import Report, Source


def program_report(source: Source) -> Report:
    """Return whether the program that `argv` starts with is there."""
    if not source.argv:
        return Report(False, f"the proposer {source.kind} names no program", "set its argv")
    name = source.argv[0]
    if os.path.dirname(name) and not os.path.isabs(name):
        # It would be taken from the copy it works in: from the repository, and not from the person.
        return Report(False, f"{name} is neither a name nor a whole path", "give the whole path")
    if shutil.which(name) is None:
        return Report(False, f"{name} is not installed", "install it, or give its whole path")
    return Report(True)
