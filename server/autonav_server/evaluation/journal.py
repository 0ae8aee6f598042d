"""The journal of an exploration: every result as it comes, so that one that was cut off can go on."""

import json
import os
from dataclasses import asdict

from autonav_analysis.search.asktell import Offered, Told
from autonav_analysis.search.rewards import Result
from autonav_server.evaluation.messages import Request


class Journal:
    """A file of one JSON object on a line, the request first; `entries` are those of an earlier run of the same request."""

    def __init__(self, folder: str, request: Request) -> None:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self._path = os.path.join(folder, "journal.jsonl")
        self._head = {"tree": request.tree, "test": request.test, "strategy": request.strategy, "seed": request.seed}
        self.entries = self._read()
        if not self.entries:
            self.restart()

    def restart(self) -> None:
        """Begin anew."""
        self.entries = []
        with open(self._path, "w", encoding="utf-8") as file:
            file.write(json.dumps(self._head) + "\n")

    def append(self, entry: Told | Offered) -> None:
        """Write one result."""
        if isinstance(entry, Told):
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(entry)) + "\n")

    def _read(self) -> list[Told]:
        try:
            with open(self._path, encoding="utf-8") as file:
                lines = file.read().split("\n")
            if json.loads(lines[0]) != self._head:
                return []
            return [_told(json.loads(line)) for line in lines[1:-1]]  # the last one may be cut
        except (OSError, ValueError, KeyError, TypeError):
            return []


def _told(said: dict[str, object]) -> Told:
    result = said["result"]
    assert isinstance(result, dict)
    return Told(
        str(said["id"]),
        int(str(said["asked"])),
        bool(said["ran_dry"]),
        Result(tuple(map(bool, result["passed"])), bool(result["broken"]), bool(result["refused"])),
    )
