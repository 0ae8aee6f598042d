"""The lines that each test runs: what it costs to know them, in both ways, against the same run without.

AUTONAV_PROJECTS names folders of projects, AUTONAV_INTERPRETER a Python of 3.12 or newer that has pytest and what
they need; three rounds, interleaved, the best of each; CPU seconds of whole runs, pytest's own start included.
"""

import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autonav_server.evaluation.evaluate import PLUGIN

ROUNDS = 3
RUN = "import sys; {before}; import pytest; sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-p', 'autonav_report']))"
WAYS = {"untraced": "", "sys.settrace": "del sys.monitoring", "sys.monitoring": "pass"}


def rows() -> Iterator[str]:
    """Yield for each project the seconds of each way and the ratio to the run without."""
    folders = [Path(each) for each in os.environ.get("AUTONAV_PROJECTS", "").split(os.pathsep) if each]
    interpreter = os.environ.get("AUTONAV_INTERPRETER", "")
    if not (folders and interpreter):
        yield "AUTONAV_PROJECTS names no folder, or AUTONAV_INTERPRETER no program"
        return
    for folder in folders:
        best = dict.fromkeys(WAYS, float("inf"))
        said = dict[str, bytes]()
        for _ in range(ROUNDS):
            for name in WAYS:
                seconds, said[name] = _run(interpreter, folder, name)
                best[name] = min(best[name], seconds)
        yield folder.name
        for name, seconds in best.items():
            yield f"  {name:<15} {seconds:6.2f} s  {seconds / best['untraced']:5.2f}x"
        yield f"  lines equal: {_lines(said['sys.settrace']) == _lines(said['sys.monitoring'])}"


def _run(interpreter: str, folder: Path, name: str) -> tuple[float, bytes]:
    """Return the CPU seconds of a run, and its report."""
    with tempfile.TemporaryDirectory() as home:
        report = Path(home) / "report"
        report.touch()
        traced = {} if name == "untraced" else {"AUTONAV_TRACE": f"{folder.resolve()}{os.sep}"}
        environment = {
            **os.environ, **traced, "PYTHONPATH": os.pathsep.join((PLUGIN, str(folder), str(folder / "src"))),
            "AUTONAV_REPORT": str(report), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0",
        }  # fmt: skip
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        argv = [interpreter, "-c", RUN.format(before=WAYS[name] or "pass")]
        subprocess.run(argv, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return spent, report.read_bytes()


def _lines(report: bytes) -> list[bytes]:
    """Return what a report says of lines."""
    return [body for line in report.splitlines() if (body := line.partition(b" ")[2]).startswith(b'{"trace"')]
