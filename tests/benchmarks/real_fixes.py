"""Real fixes, searched for: plausible, equal to what a person did, evaluations and seconds, beside MAGPIE and chance.

AUTONAV_REPOSITORIES names a folder of clones or mirrors, AUTONAV_MAGPIE a checkout of MAGPIE, VIRTUAL_ENV an
environment with pytest and what the tests import; AUTONAV_RESULTS a file where results are kept, so that a run goes
on where it was cut. The fixes are those of `real_fixes.toml`, chosen before any search.

Each search starts from the commit before the fix with the fix's own tests. Plausible: the whole suite, run fresh,
passes every test that the fix repaired and none fails that passed. Equal: on every call of the changed files'
functions that the suite makes, and on perturbations of them, the result or kind of exception and the arguments
afterwards are those of the fix; calls that cannot be pickled, or that differ between two runs of the fix, are left
out, and where none is left nothing is claimed.
"""

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import real_fixes_equality as equality
import real_fixes_magpie as magpie
from real_fixes_choice import RealFix, evaluated, known, mirror, write

from autonav_protocol.values.evaluation import Outcome
from autonav_server.worktree.trust import set_trusted

SECONDS, EVALUATIONS = 600, 300
WAYS = ("staged", "random", "MAGPIE lines", "MAGPIE statements")


@dataclass(frozen=True)
class Tried:
    """What one way made of one fix. `inputs` could be compared, `differ` of them differ; `said` is its own account."""

    fix: str
    way: str
    plausible: bool
    inputs: int
    differ: int
    evaluations: int
    seconds: float
    said: str
    difference: str = ""

    @property
    def equal(self) -> bool:
        return self.plausible and self.inputs > 0 and not self.differ


def rows() -> Iterator[str]:
    """Yield a line for each fix and way, and for each way what it found, with 95 % intervals (Wilson)."""
    folder = os.environ.get("AUTONAV_REPOSITORIES", "")
    if not folder:
        yield "skipped: AUTONAV_REPOSITORIES names no folder of clones"
        return
    ways = [each for each in WAYS if not each.startswith("MAGPIE") or os.environ.get("AUTONAV_MAGPIE")]
    kept = Path(os.environ.get("AUTONAV_RESULTS", tempfile.mkstemp(suffix=".jsonl")[1]))
    lines = kept.read_text().splitlines() if kept.exists() else []
    found = {(each.fix, each.way): each for each in (Tried(**json.loads(line)) for line in lines)}
    chosen = [each for each in os.environ.get("AUTONAV_WAYS", "").split(",") if each] or ways
    for fix in known():
        for way in chosen:
            if (fix.name, way) not in found:
                found[fix.name, way] = tried = judged(mirror(Path(folder), fix.repository), fix, way)
                with kept.open("a") as file:
                    file.write(json.dumps(asdict(tried)) + "\n")
            yield _row(found[fix.name, way])
    for way in chosen:
        yield _summary(way, [each for (_, name), each in found.items() if name == way])


def judged(git: Path, fix: RealFix, way: str) -> Tried:
    """Return what a way makes of a fix."""
    home = Path(tempfile.mkdtemp(prefix="fix-"))
    os.environ |= {f"XDG_{each}_HOME": str(home / each.lower()) for each in ("DATA", "CONFIG", "STATE", "CACHE")}
    try:
        parent = home / "parent"
        write(git, fix, parent, fixed=False)
        search = _magpie if way.startswith("MAGPIE") else _product
        difference, evaluations, seconds, said = search(fix, way, parent, home)
        plausible, inputs, differ = _compared(git, fix, home, difference) if difference else (False, 0, 0)
        return Tried(fix.name, way, plausible, inputs, differ, evaluations, round(seconds, 1), said, difference)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def wilson(count: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    z, share = 1.96, count / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (middle - spread) / (1 + z * z / total), (middle + spread) / (1 + z * z / total)


def _product(fix: RealFix, strategy: str, parent: Path, home: Path) -> tuple[str, int, float, str]:
    """Return the difference found by `autonav explore` ("" for none), its evaluations, seconds and explanation."""
    root = home / "root"
    shutil.copytree(parent, root, symlinks=True)
    for argv in (
        ["init", "-q"],
        ["add", "-A", "-f"],
        ["-c", "user.name=p", "-c", "user.email=p@e", "commit", "-qm", "parent"],
    ):
        subprocess.run(["git", *argv], cwd=root, check=True, capture_output=True)
    set_trusted(str(root), trusted=True)
    argv = [sys.executable, "-m", "autonav_server.main", "explore", "--test", fix.tests[0], "--format", "json"]
    argv += ["--seconds", str(SECONDS), "--evaluations", str(EVALUATIONS), "--strategy", strategy]
    started = time.monotonic()
    done = subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False)
    spent = time.monotonic() - started
    result: dict[str, Any] = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    if "candidates" not in result:
        return "", 0, spent, done.stderr.strip()[-300:]
    best = result["candidates"][0] if result["candidates"] else None
    said = f"{best['rewrite']} ({best['stage']})" if best else result["explanation"][:200]
    return best["diff"] if best else "", result["evaluations"], spent, said


def _magpie(fix: RealFix, way: str, parent: Path, home: Path) -> tuple[str, int, float, str]:
    write(mirror(Path(os.environ["AUTONAV_REPOSITORIES"]), fix.repository), fix, home / "fixed", fixed=True)
    files = sorted({each.partition("::")[0] for each in fix.tests})
    red = [each for each, outcome in _outcomes(home / "fixed").items() if outcome in (Outcome.FAILED, Outcome.ERROR)]
    files += [f"--deselect={each}" for each in red]
    shutil.rmtree(home / "fixed")
    checkout = home / "software"
    shutil.copytree(parent, checkout, symlinks=True)
    ended = magpie.search(
        way.removeprefix("MAGPIE "), checkout, home, fix.path, files, python=_python(), seconds=SECONDS,
        evaluations=EVALUATIONS,
    )  # fmt: skip
    return ended.difference, ended.evaluations, ended.seconds, ended.said


def _compared(git: Path, fix: RealFix, home: Path, difference: str) -> tuple[bool, int, int]:
    """Return whether a difference is plausible, on how many inputs it was compared with the fix, and how many differ."""
    changed, fixed = home / "changed", home / "fixed"
    shutil.copytree(home / "parent", changed, symlinks=True)
    subprocess.run(
        ["patch", "-s", "-p1", *([] if "\n+++ b/" in difference else [fix.path])],
        input=difference,
        text=True,
        cwd=changed,
        check=True,
    )
    write(git, fix, fixed, fixed=True)
    before, after = _outcomes(home / "parent"), _outcomes(changed)
    passed = all(after.get(each) is Outcome.PASSED for each in fix.tests)
    broken = [each for each, one in before.items() if one is Outcome.PASSED and after.get(each) is not one]
    if not passed or broken:
        return False, 0, 0
    paths = [
        str(each.relative_to(changed))
        for each in changed.rglob("*.py")
        if _differs(each, fixed / each.relative_to(changed))
    ]
    calls = equality.recorded(_python(), fixed, sorted({fix.path, *paths}), ())
    reference = [equality.replayed(_python(), fixed, calls) for _ in range(2)]
    return True, *equality.compared(reference, equality.replayed(_python(), changed, calls))


def _differs(one: Path, other: Path) -> bool:
    return not other.exists() or one.read_bytes() != other.read_bytes()


def _outcomes(folder: Path) -> Mapping[str, Outcome]:
    return evaluated(folder).outcomes


@cache
def _python() -> str:
    return str(Path(os.environ["VIRTUAL_ENV"]) / "bin/python") if "VIRTUAL_ENV" in os.environ else sys.executable


def _row(tried: Tried) -> str:
    equal = f"equal on {tried.inputs}" if tried.equal else f"{tried.differ} of {tried.inputs} differ"
    judged = f"plausible, {equal}" if tried.plausible else "none"
    return f"{tried.fix:<34}{tried.way:<20}{judged:<34}{tried.evaluations:>5}{tried.seconds:>7.0f} s  {tried.said[:90]}"


def _summary(way: str, tried: list[Tried]) -> str:
    if not tried:
        return f"{way}: nothing was run"
    parts = []
    for name, count in (
        ("plausible", sum(each.plausible for each in tried)),
        ("equal", sum(each.equal for each in tried)),
    ):
        low, high = wilson(count, len(tried))
        parts.append(f"{name} {count} of {len(tried)} [{low:.0%}, {high:.0%}]")
    evaluations, seconds = (median(each) for each in ([t.evaluations for t in tried], [t.seconds for t in tried]))
    return f"{way}: {', '.join(parts)}; median {evaluations:.0f} evaluations, {seconds:.0f} s"
