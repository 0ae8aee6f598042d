"""`validate --targets`: one row measured for real, the verdicts, the ways in which a row or all of them cannot be had."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from autonav_protocol.errors import Internal, NotFound
from autonav_protocol.operation import Surface
from autonav_protocol.operations.validate import ValidateParams
from autonav_protocol.values.target import TargetVerdict
from autonav_server.context import Context
from autonav_server.evaluation import targets as running
from autonav_server.operations import validate

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

import servers  # pyright: ignore[reportMissingImports]
import targets  # pyright: ignore[reportMissingImports]

GO, NO_GO, NOT_RUN = TargetVerdict.GO, TargetVerdict.NO_GO, TargetVerdict.NOT_RUN
ROW = {
    "name": "a",
    "work": "b",
    "verdict": "go",
    "limit": 2,
    "unit": "ms",
    "value": 3,
    "peer": "c",
    "theirs": 2,
    "ratio": 1.5,
}


def autonav(folder: Path, *argv: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "autonav_server.main", "validate", "--targets", *argv],
        cwd=folder, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_row_is_measured_from_any_folder(tmp_path: Path) -> None:
    done = autonav(tmp_path, "key-median", "hook", "--format", "json")
    result = json.loads(done.stdout)
    key, hook = result["targets"]
    assert key["ratio"] == key["value"] / key["theirs"]
    assert (key["value"] <= 1.5) == (key["verdict"] == "go")
    assert (hook["verdict"], hook["value"], hook["said"]) == ("not run", None, "there is no hook process yet")
    assert (done.returncode, result["verdict"]) == ((0, "passed") if key["verdict"] == "go" else (1, "failed"))


def test_a_name_that_the_table_does_not_hold(tmp_path: Path) -> None:
    done = autonav(tmp_path, "key-median", "nonsense")
    assert done.returncode == 2
    assert "there is no target nonsense; there are complexity-cold," in done.stderr


def test_an_installation_without_a_checkout_says_the_next_step(tmp_path: Path) -> None:
    for name in ("server/autonav_server", "protocol_ext/autonav_protocol"):
        (tmp_path / Path(name).name).symlink_to(Path(__file__).parents[1] / name)
    done = autonav(tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 2
    assert "measured from a checkout of AutoNav, and this is none; clone it and run make setup" in done.stderr


@pytest.mark.parametrize(
    ("limit", "of", "measured", "verdict"),
    [
        (1.5, "ratio", targets.Measured(3, 2), GO),
        (1.4, "ratio", targets.Measured(3, 2), NO_GO),
        (3, "value", targets.Measured(3, 1), GO),
        (2.9, "value", targets.Measured(3, 9), NO_GO),
        (None, "ratio", targets.Measured(3, 2), GO),
        (2, "ratio", targets.Measured(3, 2, "a verdict differs"), NO_GO),
    ],
)
def test_verdicts(limit: float | None, of: str, measured: Any, verdict: TargetVerdict) -> None:
    row = targets.judged(targets.Target("a", "b", limit, of, "ms", "c", lambda: measured, "shortened"))
    assert (row.verdict, row.value, row.theirs) == (verdict, measured.ours, measured.theirs)
    assert row.said == ("a verdict differs; shortened" if measured.missed else "shortened")


def test_a_peer_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "BIN", tmp_path)
    [target] = [each for each in targets.TARGETS if each.name == "initialize"]
    row = targets.judged(target)
    assert (row.verdict, row.value) == (NOT_RUN, None)
    assert running.line(row).endswith(
        "start until initialized: pylsp, mccabe is not installed: make benchmarks installs it"
    )


def test_names_are_unique_and_every_limit_can_be_missed() -> None:
    names = [each.name for each in targets.TARGETS]
    assert len(names) == len(set(names))
    assert {each.of for each in targets.TARGETS} == {"ratio", "value"}


@pytest.mark.parametrize(
    ("ratio", "of", "limit", "said"),
    [
        (1.5, "ratio", 1.35, "3 ms, 1.50 of c (2 ms); at most 1.35"),
        (0.004, "ratio", 0.01, "3 ms, 1/250 of c (2 ms); at most 1/100"),
        (1.5, "value", 12, "3 ms, 1.50 of c (2 ms); at most 12 ms"),
        (1.5, "value", None, "3 ms, 1.50 of c (2 ms); reported only"),
    ],
)
def test_lines(ratio: float, of: str, limit: float | None, said: str) -> None:
    row = running.TargetRow(**{**ROW, "ratio": ratio, "of": of, "limit": limit, "verdict": GO})
    assert running.line(row) == f"go       a                b: {said}"


def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Put a program in the place of the table."""
    (tmp_path / "targets.py").write_text(f"import json, sys, time\n{code}\n")
    monkeypatch.setattr(running, "TABLE", tmp_path / "targets.py")


async def run(progress: Any = lambda *_: None) -> tuple[int, str]:
    """Return the exit code and the text of a run with a table of the test's, which asks for no worktree."""

    def none(*_: Any) -> Any:
        raise AssertionError

    params = ValidateParams(targets=True)
    result = await validate.run(Context(Surface.CLI, none, none, none, progress), params)
    return validate.exit_code(params, result), validate.text(result)


@pytest.mark.parametrize(
    ("verdicts", "code", "said"),
    [
        (("go", "not run"), 0, "passed"),
        (("go", "no-go", "not run"), 1, "failed"),
        (("not run",), 0, "unproven"),
    ],
)
async def test_exit_codes_and_progress(
    verdicts: tuple[str, ...], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{**ROW, "verdict": each} for each in verdicts]
    table(
        tmp_path,
        monkeypatch,
        f"for row in {rows!r}: print(json.dumps({{'begun': 'b', 'share': 0.5}}), json.dumps({{'row': row}}), sep='\\n')",
    )
    told: list[tuple[str, float]] = []
    found, text = await run(lambda *each: told.append(each))
    assert (found, text.splitlines()[-1]) == (code, said)
    assert [each.split()[0] for each in text.splitlines()[:-1]] == [each.split()[0] for each in verdicts]
    assert told == [("b", 0.5)] * len(verdicts)


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        ("sys.exit(3)", Internal, "the benchmarks ended with 3"),
        (
            "print(json.dumps({'unknown': ['x'], 'known': ['a', 'b']}))",
            NotFound,
            "there is no target x; there are a, b",
        ),
    ],
)
async def test_what_the_process_fails_with(
    code: str, error: type[Exception], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table(tmp_path, monkeypatch, code)
    with pytest.raises(error, match=said):
        await run()


async def test_cancelling_lets_the_benchmark_remove_what_it_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "made"
    begun_line = "print(json.dumps({'begun': 'b', 'share': 0}), flush=True)"
    code = f"made = open({str(made)!r}, 'x').name\ntry: {begun_line}; time.sleep(600)\nfinally: __import__('os').remove(made)"
    table(tmp_path, monkeypatch, code)
    begun = asyncio.Event()
    task = asyncio.ensure_future(run(lambda *_: begun.set()))
    await asyncio.wait_for(begun.wait(), 60)
    assert made.exists()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not made.exists()
