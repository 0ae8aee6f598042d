"""Finding calls that verified candidates make different things of: calls that tests make and others like them, in the sandbox."""

import base64
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autonav_analysis.search.questions import Call, Outcome
from autonav_server.confinement.channel import Channel, Reader, new_key
from autonav_server.confinement.supervise import supervise
from autonav_server.evaluation.checkouts import materialise
from autonav_server.evaluation.evaluate import PLUGIN, job_for
from autonav_server.evaluation.tested import how_tested
from autonav_server.evaluation.work import Setup
from autonav_server.sandbox import OWN_CODE, choose
from autonav_server.toolchain import PYTEST

MOST_INPUTS = 300
MOST_TESTS = 50
SECONDS = 8
"""CPU seconds that all versions together may take for all calls."""


@dataclass(frozen=True)
class Compared:
    """The calls on which candidates differ, how many were tried, and why some candidates were not compared, by id."""

    calls: tuple[Call, ...] = ()
    tried: int = 0
    refused: Mapping[str, str] | None = None


def compare(
    setup: Setup, versions: Mapping[str, Mapping[str, bytes]], tests: Sequence[str], home: str, seed: int
) -> Compared:
    """Return what is known of the candidates `{id: {path: contents}}` from the calls that `tests` make, and others like them.

    Nothing is raised where the comparison fails: then nothing is known.
    """
    means = how_tested(setup.root, setup.project, setup.interpreter, setup.kept)
    is_python = all(path.endswith(".py") for contents in versions.values() for path in contents)
    if means.report != PYTEST or not is_python:
        return Compared()
    sandbox = choose(setup.sandbox, (*OWN_CODE, *setup.required))
    checkout = materialise(setup.root, dict(setup.environment), setup.tree, home, "questions")
    argv = [means.argv[0], os.path.join(PLUGIN, "autonav_ask.py"), *means.argv[3:]]
    longer = setup.limits.cpu_seconds + 2 * SECONDS
    limits = replace(setup.limits, cpu_seconds=longer, wall_seconds=setup.limits.wall_seconds + 10 * SECONDS)
    key = new_key()
    channel = Channel(home)
    try:
        job = job_for(sandbox, means, checkout, setup.root, limits, argv, channel)
        root = sandbox.inside(job)
        overlays = {
            str(number): {path: base64.b64encode(data).decode() for path, data in contents.items()}
            for number, contents in enumerate(versions.values())
        }
        started = sandbox.start(job)
        try:
            asked = {"root": root, "versions": overlays, "tests": [*tests][:MOST_TESTS], "inputs": MOST_INPUTS}
            channel.send({**asked, "key": key, "seed": seed, "seconds": SECONDS})
            finished = supervise(started, job)
        finally:
            started.end()
    finally:
        channel.close()
        shutil.rmtree(checkout, ignore_errors=True)
    reader = Reader(key)
    said = [reader.message(line) for line in finished.report.split(b"\n") if line]
    found = next((each["asked"] for each in said if each is not None and "asked" in each), None)
    return Compared() if found is None else _compared(found, list(versions), root)


def _compared(found: dict[str, Any], ids: Sequence[str], root: str) -> Compared:
    calls = tuple(
        Call(
            function=each["function"],
            module=each["module"],
            path=os.path.relpath(each["path"], root),
            text=each["call"],
            written=each["written"],
            outcomes={ids[int(name)] if name else "": Outcome(*said) for name, said in each["outcomes"].items()},
        )
        for each in found["rows"]
    )
    refused = {ids[int(number)]: why for number, why in found["refused"].items()}
    return Compared(calls, found["inputs"], refused)
