"""Who else uses the processors of this machine for work of ours: one seat for each, so that all get their share."""

import contextlib
import os
from itertools import count

from autonav_server.confinement.owners import is_gone, this_process
from autonav_server.worktree.paths import private_folder, runtime_folder

_numbers = count()


class Seat:
    """A seat of this process's own, until it is left; the seats of processes that are gone are free."""

    def __init__(self) -> None:
        self._folder = str(private_folder(runtime_folder() / "seats"))
        self._name = f"{this_process()}-{next(_numbers)}"
        with open(os.path.join(self._folder, self._name), "x", encoding="ascii"):
            pass

    def place(self) -> tuple[int, int]:
        """Return how many seats are before this one, and how many there are."""
        taken = sorted(each for each in os.listdir(self._folder) if not self._is_left(each))
        return (taken.index(self._name), len(taken)) if self._name in taken else (0, 1)

    def leave(self) -> None:
        """Give the seat up."""
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(self._folder, self._name))

    def _is_left(self, name: str) -> bool:
        if not is_gone(name):
            return False
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(self._folder, name))
        return True


def share(workers: int, before: int, seats: int) -> int:
    """Return how many of so many workers one seat may use; what does not divide goes to the first seats.

    Each may use one, so that nobody stands still.
    """
    return max(1, workers // seats + (before < workers % seats))
