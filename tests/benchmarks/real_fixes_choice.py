"""Which real fixes are asked for: twenty of five histories, chosen by a rule that looks at no search.

A commit counts that changed one source file by at most twelve lines, more than its comments, and a test file with it;
whose new tests fail on its parent and pass with it; and that breaks none that passed. Those whose subject speaks of a
fix come first, then the others; the histories are taken in turn, each in the order of its commits' hashes.

Run it with the folder of mirrors to write the list anew; VIRTUAL_ENV names an environment with what the tests import.
"""

import ast
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from pathlib import Path

import edit_space

from autonav_protocol.values.evaluation import Evaluation, Outcome
from autonav_server.confinement.job import Limits
from autonav_server.evaluation.evaluate import run_tests
from autonav_server.sandboxes.process import SANDBOX
from autonav_server.toolchains.python import detect, is_test_file

REPOSITORIES = ("toolz", "python-sortedcontainers", "tenacity", "cachetools", "python-slugify")
MOST_LINES, MOST_FIXES = 12, 20
LIST = Path(__file__).with_name("real_fixes.toml")
PATIENCE = Limits(240, 300)


@dataclass(frozen=True)
class RealFix:
    """A commit that fixed what its own tests show: the changed file, the tests that failed, and the commit before."""

    repository: str
    commit: str
    parent: str
    subject: str
    path: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.repository} {self.commit[:8]}"


def known() -> list[RealFix]:
    """Return the list that was chosen."""
    return [RealFix(**{**each, "tests": tuple(each["tests"])}) for each in tomllib.loads(LIST.read_text())["fix"]]


def mirror(folder: Path, repository: str) -> Path:
    """Return the git folder of a repository's clone or mirror."""
    return next(
        each for each in edit_space.repositories(folder) if repository in (*each.parts[-2].split("+"), each.name)
    )


def write(git: Path, fix: RealFix, folder: Path, *, fixed: bool) -> None:
    """Write the parent of a fix with the tests of the fix, or the fix itself."""
    _unpack(git, fix.commit if fixed else fix.parent, folder)
    if (folder / "test.py").is_file() and not (folder / "pytest.ini").exists():
        (folder / "pytest.ini").write_text("[pytest]\npython_files = test.py\n")
    if not fixed:
        for path in edit_space.git(git, "diff", "--name-only", fix.parent, fix.commit).splitlines():
            if _is_test(path):
                target = folder / path
                target.unlink(missing_ok=True)
                content = subprocess.run(
                    ["git", "--git-dir", git, "show", f"{fix.commit}:{path}"], capture_output=True, check=False
                )
                if content.returncode == 0:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(content.stdout)


def evaluated(folder: Path) -> Evaluation:
    """Return what the tests of a checkout say."""
    tests = detect(str(folder), None)
    assert tests is not None
    home = tempfile.mkdtemp(prefix="fix-")
    try:
        checkout = os.path.join(home, "checkout")
        shutil.copytree(folder, checkout, symlinks=True)
        return run_tests(SANDBOX, tests, checkout, str(folder), PATIENCE).evaluation
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main(folder: Path) -> None:
    """Choose and write the list."""
    chosen: list[RealFix] = []
    for fix in _in_turn(folder):
        if len(chosen) < MOST_FIXES and (tests := _repaired(mirror(folder, fix.repository), fix)):
            chosen.append(replace(fix, tests=tests))
            print(f"{len(chosen)} {fix.name} {fix.subject}", flush=True)
    blocks = (
        "\n".join(["[[fix]]", *(f"{k} = {json.dumps(v)}" for k, v in asdict(each).items())])
        for each in chosen[:MOST_FIXES]
    )
    LIST.write_text(
        "# Chosen by real_fixes_choice.py before any search was run on them.\n\n" + "\n\n".join(blocks) + "\n"
    )


def _in_turn(folder: Path) -> Iterator[RealFix]:
    """Yield what may be chosen of all histories, in the order in which it is tried."""
    found = [sorted(_candidates(mirror(folder, each), each), key=_order) for each in REPOSITORIES]
    for speaks in (True, False):
        rows = zip_longest(*([fix for fix in each if _speaks_of_a_fix(fix) == speaks] for each in found))
        yield from (fix for row in rows for fix in row if fix is not None)


def _candidates(git: Path, repository: str) -> Iterator[RealFix]:
    log = edit_space.git(git, "log", "--no-merges", "--numstat", "--format=%x00%H|%P|%s", "HEAD")
    for block in log.split("\0")[1:]:
        head, *stats = block.strip().splitlines()
        commit, parents, subject = head.split("|", 2)
        path = edit_space.the_one_source(stats)
        if path is not None and len(parents.split()) == 1 and _lines(stats, path) <= MOST_LINES:
            before, after = (edit_space.git(git, "show", f"{each}:{path}") for each in (parents, commit))
            if _differ(before, after):
                yield RealFix(repository, commit, parents, subject, path, ())


def _lines(stats: list[str], path: str) -> int:
    return sum(int(count) for each in stats if each.endswith(f"\t{path}") for count in each.split("\t")[:2])


def _differ(before: str, after: str) -> bool:
    try:
        return ast.dump(edit_space.stripped(before)) != ast.dump(edit_space.stripped(after))
    except (SyntaxError, ValueError):
        return False


def _speaks_of_a_fix(fix: RealFix) -> bool:
    return edit_space.IS_FIX.search(fix.subject) is not None


def _order(fix: RealFix) -> str:
    return hashlib.sha256(fix.name.encode()).hexdigest()


def _repaired(git: Path, fix: RealFix) -> tuple[str, ...]:
    """Return the tests that fail before the fix and pass with it; none where anything else is amiss."""
    home = Path(tempfile.mkdtemp(prefix="fix-"))
    try:
        outcomes = []
        for fixed in (False, True):
            folder = home / str(fixed)
            write(git, fix, folder, fixed=fixed)
            evaluation = evaluated(folder)
            if evaluation.problem:
                return ()
            outcomes.append(evaluation.outcomes)
        before, after = outcomes
        broken = [
            each for each, outcome in before.items() if outcome is Outcome.PASSED and after.get(each) is not outcome
        ]
        repaired = [
            each
            for each, outcome in after.items()
            if outcome is Outcome.PASSED and before.get(each) in (Outcome.FAILED, Outcome.ERROR)
        ]
        return () if broken else tuple(repaired)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _unpack(git: Path, commit: str, folder: Path) -> None:
    archive = subprocess.run(["git", "--git-dir", git, "archive", commit], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        opened.extractall(folder, filter="fully_trusted")


def _is_test(path: str) -> bool:
    return is_test_file(path) or edit_space.IS_TEST.search(path) is not None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
