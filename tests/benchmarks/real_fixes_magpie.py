"""MAGPIE's local search on a checkout, run as its documentation says, and the file that it ends with.

AUTONAV_MAGPIE names a checkout of MAGPIE. It is told which file to change; we are not.
"""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

SCENARIO = """\
[magpie]
log_dir = {home}/logs
work_dir = {home}/work
output_encoding = utf-8
diff_method = unified
[software]
path = {checkout}
target_files =
    {target}
fitness = repair
test_cmd = {python} -m pytest -p no:cacheprovider --tb=no {tests}
test_timeout = 60
test_lengthout = -1
[search]
target_fitness = 0
max_steps = {evaluations}
max_time = {seconds}
possible_edits =
    {edits}
"""
EDITS = {
    "lines": ("LineDeletion", "LineReplacement", "LineInsertion"),
    "statements": ("XmlNodeDeletion<stmt>", "XmlNodeReplacement<stmt>", "XmlNodeInsertion<stmt,block>"),
}
TRIED = re.compile(r"^\S*?(\d+)\s+\w+\s.*$", re.MULTILINE)
BEST = re.compile(r"Best fitness: ([\d.]+)")


@dataclass(frozen=True)
class Ended:
    """How a search of MAGPIE ended: its difference ("" where no test is left failing), evaluations, seconds, and words."""

    difference: str
    evaluations: int
    seconds: float
    said: str


def search(
    kind: str, checkout: Path, home: Path, path: str, tests: list[str], *, python: str, seconds: float, evaluations: int
) -> Ended:
    """Search from a checkout, by lines or by statements of the syntax tree, until the tests' files pass."""
    magpie = Path(os.environ["AUTONAV_MAGPIE"])
    starts = os.pathsep.join(("src", "."))
    environment = {**os.environ, "PYTHONPATH": starts, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    target = path
    if kind == "statements":
        target = f"{path}.xml"
        argv = [sys.executable, str(magpie / "magpie"), "python_to_xml", str(checkout / path)]
        made = subprocess.run(argv, cwd=magpie, env=environment, capture_output=True, text=True, check=False)
        if made.returncode:
            return Ended("", 0, 0.0, f"python_to_xml failed: {made.stderr.strip().splitlines()[-1]}")
        (checkout / target).write_text(made.stdout)
    scenario = home / "scenario.txt"
    edits = "\n    ".join(EDITS[kind])
    scenario.write_text(
        SCENARIO.format(
            home=home, checkout=checkout, target=target, python=python, tests=" ".join(tests), seconds=seconds,
            evaluations=evaluations, edits=edits,
        )
    )  # fmt: skip
    argv = [sys.executable, str(magpie / "magpie"), "local_search", "--scenario", str(scenario), "--seed", "0"]
    started = time.monotonic()
    done = subprocess.run(
        argv, cwd=magpie, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    spent = time.monotonic() - started
    tried = TRIED.findall(done.stdout)
    if done.returncode or "REPORT" not in done.stdout:
        tail = done.stdout.strip().splitlines()
        return Ended("", len(tried), spent, tail[-1] if tail else f"exit code {done.returncode}")
    best = BEST.search(done.stdout)
    found = list((home / "logs").glob("*.diff"))
    reached = best is not None and float(best[1]) == 0 and bool(found)
    said = f"best fitness {best[1]}" if best else done.stdout.strip().splitlines()[-1]
    return Ended(found[0].read_text() if reached else "", len(tried), spent, said)
