"""The journal of an exploration: every result as it comes, so that one that was cut off can go on."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict

from autonav_analysis.search.asktell import Offered, Told
from autonav_analysis.search.rewards import Result
from autonav_protocol.values.learning import Tuning
from autonav_server.evaluation.messages import Request


class Journal:
    """A file of one JSON object on a line, the request first; `entries` are those of an earlier run of the same request.

    `cpu_seconds` is what that run had used, `spent` that of each state, and `verified` are the states it proved.
    """

    def __init__(self, folder: str, request: Request) -> None:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self._path = os.path.join(folder, "journal.jsonl")
        self._head = {
            "tree": request.tree, "test": request.test, "strategy": request.strategy, "seed": request.seed,
            "tuning": asdict(request.tuning),
        }  # fmt: skip
        self.cpu_seconds = 0.0
        self.entries: list[Told] = []
        self.spent: dict[str, float] = {}
        self.verified: set[str] = set()
        if not self._read():
            self.restart()

    def restart(self) -> None:
        """Begin anew."""
        self.entries, self.spent, self.verified = [], {}, set()
        self.cpu_seconds = 0.0
        with open(self._path, "w", encoding="utf-8") as file:
            file.write(json.dumps(self._head) + "\n")

    def append(self, entry: Told | Offered, cpu_seconds: float, spent: float = 0.0, *, verified: bool = False) -> None:
        """Write one result, the CPU seconds that all so far and this one have used, and whether it is verified."""
        if isinstance(entry, Told):
            self.spent[entry.id] = round(spent, 4)
            self.verified |= {entry.id} if verified else set()
            said = {"cpu_seconds": round(cpu_seconds, 3), "spent": round(spent, 4), "verified": verified}
            self._write(asdict(entry) | said)

    def end(self, cpu_seconds: float) -> None:
        """Write what all has used, that of which there is no result included."""
        self._write({"cpu_seconds": round(cpu_seconds, 3)})

    def _write(self, said: Mapping[str, object]) -> None:
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps(said) + "\n")

    def _read(self) -> bool:
        """Take in what an earlier run left; return whether it was one of this request."""
        try:
            with open(self._path, encoding="utf-8") as file:
                lines = file.read().split("\n")
            said = [json.loads(line) for line in lines[1:-1]]  # the last one may be cut
            before_tuning = {"tuning": asdict(Tuning())}
            if before_tuning | json.loads(lines[0]) != self._head:
                return False
            told = [each for each in said if "id" in each]
            self.entries = [_told(each) for each in told]
            self.spent = {each["id"]: float(each.get("spent", 0)) for each in told}
            self.verified = {each["id"] for each in told if each.get("verified")}
            self.cpu_seconds = max((float(each.get("cpu_seconds", 0)) for each in said), default=0.0)
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return True


def _told(said: dict[str, object]) -> Told:
    result = said["result"]
    assert isinstance(result, dict)
    return Told(
        str(said["id"]),
        int(str(said["asked"])),
        bool(said["ran_dry"]),
        Result(tuple(map(bool, result["passed"])), bool(result["broken"]), bool(result["refused"])),
    )
