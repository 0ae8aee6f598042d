"""Hunks read from git's own patches, and the timing of looks as a table of events and decisions."""

import difflib
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autonav_analysis.changes.bursts import GLOBS, bursts, covering
from autonav_analysis.changes.hunks import FileHunks, parse_patch, without_hunks
from autonav_analysis.changes.settling import Event, Settling, after, wait
from autonav_analysis.contracts.globs import matching
from autonav_protocol.values.change import ChangeKind, FileChange, Hunk
from support.repository import Repository, use_no_settings_of_this_machine

FILES, GIT, INDEX = Event.FILES, Event.GIT, Event.INDEX
LOCKED = True

LINES = b"".join(b"line %d\n" % number for number in range(10))
CONTENTS: Mapping[str, tuple[bytes | None, bytes | None, FileHunks]] = {
    "edit": (LINES, LINES.replace(b"3", b"three"), FileHunks((Hunk(4, 1, 4, 1),), 1, 1)),
    "two edits": (
        LINES,
        LINES.replace(b"line 1\n", b"").replace(b"line 7\n", b"line 7\nmore\n"),
        FileHunks((Hunk(2, 1, 1, 0), Hunk(8, 0, 8, 1)), 1, 1),
    ),
    "new": (None, b"a\nb\n", FileHunks((Hunk(0, 0, 1, 2),), 2, 0)),
    "new and empty": (None, b"", FileHunks()),
    "deleted": (b"a\nb\n", None, FileHunks((Hunk(1, 2, 0, 0),), 0, 2)),
    "no newline at the end": (b"a\nb", b"a\nb\nc", FileHunks((Hunk(2, 1, 2, 2),), 2, 1)),
    "binary": (b"a\0b\n", b"a\0c\n", FileHunks(binary=True)),
    "text to binary": (b"a\n", b"a\0\n", FileHunks(binary=True)),
    "crlf": (b"a\r\nb\r\n", b"a\nb\r\n", FileHunks((Hunk(1, 1, 1, 1),), 1, 1)),
    "form feed and lone carriage return": (b"a\x0cb\rc\nd\n", b"a\x0cb\rc\ne\n", FileHunks((Hunk(2, 1, 2, 1),), 1, 1)),
    "line separators of other alphabets": (
        "a\u2028b\nc\n".encode(),
        "a\u2028b\nd\n".encode(),
        FileHunks((Hunk(2, 1, 2, 1),), 1, 1),
    ),
    "latin 1": (b"\xe9t\xe9\n", b"\xe9t\xe8\n", FileHunks((Hunk(1, 1, 1, 1),), 1, 1)),
    "body that looks like headers": (
        b"a\n",
        b"diff --git a/x b/x\n@@ -1 +1 @@\nBinary files a/x and b/x differ\n",
        FileHunks((Hunk(1, 1, 1, 3),), 3, 1),
    ),
    "removed line that looks like a header": (b"-- a/x\nb\n", b"b\n", FileHunks((Hunk(1, 1, 0, 0),), 0, 1)),
    'name with "quotes", back\\slash\tand\ntwo lines': (b"a\n", b"b\n", FileHunks((Hunk(1, 1, 1, 1),), 1, 1)),
    "name b/name": (b"a\n", b"b\n", FileHunks((Hunk(1, 1, 1, 1),), 1, 1)),
    "\udcff\udcfe": (b"a\n", b"b\n", FileHunks((Hunk(1, 1, 1, 1),), 1, 1)),
    "größe": (b"a\n", b"b\n", FileHunks((Hunk(1, 1, 1, 1),), 1, 1)),
}

SETTLINGS: Mapping[str, tuple[list[tuple[float, Event]], list[tuple[float, bool, float | None]]]] = {
    "nothing happened": ([], [(0.0, not LOCKED, None), (99.0, LOCKED, None)]),
    "one write, then a pause": (
        [(1.0, FILES)],
        [(1.0, not LOCKED, 0.015), (1.010, not LOCKED, 0.005), (1.015, not LOCKED, 0)],
    ),
    "a pause starts anew with each write": (
        [(1.0, FILES), (1.012, FILES)],
        [(1.015, not LOCKED, 0.012), (1.027, not LOCKED, 0)],
    ),
    "writes without a pause are looked at all the same": (
        [(1.0 + number / 100, FILES) for number in range(26)],
        [(1.249, not LOCKED, 0.001), (1.250, not LOCKED, 0)],
    ),
    "git is at work": ([(1.0, GIT)], [(1.1, LOCKED, 0.05), (10.99, LOCKED, 0.01)]),
    "a lock is stale ten seconds after the last event": (
        [(1.0, GIT), (8.0, FILES)],
        [(11.0, LOCKED, 0.05), (17.99, LOCKED, 0.01), (18.0, LOCKED, 0)],
    ),
    "a checkout replaced the index and has yet to move HEAD": (
        [(1.0, FILES), (1.2, INDEX)],
        [(1.25, not LOCKED, 0.01), (1.26, not LOCKED, 0)],
    ),
    "git goes on after the index was replaced": (
        [(1.0, INDEX), (1.05, GIT)],
        [(1.06, not LOCKED, 0.05), (1.11, not LOCKED, 0)],
    ),
    "files do not prolong the wait for git": (
        [(1.0, INDEX), (1.04, FILES)],
        [(1.05, not LOCKED, 0.01), (1.06, not LOCKED, 0)],
    ),
    "git that never rests is looked at after a second": (
        [(1.0, INDEX), *((1.0 + number / 20, GIT) for number in range(1, 21))],
        [(1.99, not LOCKED, 0.01), (2.0, not LOCKED, 0)],
    ),
    "a ref moved": ([(1.0, GIT)], [(1.01, not LOCKED, 0.005), (1.015, not LOCKED, 0)]),
}


@pytest.mark.parametrize("name", SETTLINGS)
def test_when_to_look(name: str) -> None:
    events, decisions = SETTLINGS[name]
    settling = Settling()
    for at, event in events:
        settling = after(settling, event, at)
    assert [wait(settling, now, locked=locked) for now, locked, _ in decisions] == [
        None if seconds is None else pytest.approx(seconds, abs=1e-9) for _, _, seconds in decisions
    ]


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_no_settings_of_this_machine(monkeypatch, tmp_path)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repository")
    made.git("init", "-q", "-b", "main")
    return made


def test_hunks_of_many_files_at_once(repository: Repository) -> None:
    for name, (old, _, _) in CONTENTS.items():
        if old is not None:
            repository.write(name, old)
    repository.commit("before")
    for name, (_, new, _) in CONTENTS.items():
        repository.write(name, new) if new is not None else repository.remove(name)
    repository.commit("after")
    found = parse_patch(_patch(repository))
    expected = {name.encode("utf-8", "surrogateescape"): hunks for name, (_, _, hunks) in CONTENTS.items()}
    assert found == expected


def test_a_file_that_became_a_link_is_one_change(repository: Repository) -> None:
    repository.write("a", "one\ntwo\n")
    repository.commit("file")
    repository.remove("a")
    Path(repository.path("a")).symlink_to("elsewhere")
    repository.commit("link")
    assert parse_patch(_patch(repository)) == {b"a": FileHunks((Hunk(1, 2, 0, 0), Hunk(0, 0, 1, 1)), 1, 2)}


def test_a_change_of_mode_alone_has_no_hunks(repository: Repository) -> None:
    repository.write("a", "one\n")
    repository.commit("file")
    Path(repository.path("a")).chmod(0o755)
    repository.commit("mode")
    assert parse_patch(_patch(repository)) == {b"a": FileHunks()}


@pytest.mark.parametrize(
    "patch", [b"", b"\n", b"@@ nonsense", b"@@ -1 +1 @@\n", b"diff --git a/x b/x\n@@ -1,9 +1,9 @@\n-a"]
)
def test_a_broken_patch_raises_nothing(patch: bytes) -> None:
    parse_patch(patch)


def _patch(repository: Repository) -> bytes:
    options = ("-r", "-p", "-U0", "--no-renames", "--src-prefix=a/", "--dst-prefix=b/")
    return subprocess.run(
        ["git", "-c", "core.quotePath=false", "diff-tree", *options, "HEAD~1", "HEAD"],
        cwd=repository.root,
        capture_output=True,
        check=True,
    ).stdout


lines = st.lists(st.sampled_from([b"a\n", b"b\r\n", b"\x0c\n", b"\xe9\n", b"\n"]), max_size=12).map(b"".join)


@given(lines, lines, st.sampled_from([b"", b"end"]), st.data())
def test_hunks_put_back_in_any_number(before: bytes, after: bytes, end: bytes, data: st.DataObject) -> None:
    before, after = before + end, after + end
    hunks = hunks_of(before, after)
    assert without_hunks(before, after, hunks) == before
    assert without_hunks(before, after, ()) == after
    some = data.draw(st.lists(st.sampled_from(hunks), unique=True)) if hunks else []
    left = hunks_of(before, without_hunks(before, after, some))
    assert sum(each.old_count for each in left) <= sum(each.old_count for each in hunks if each not in some)


def hunks_of(before: bytes, after: bytes) -> list[Hunk]:
    """Return hunks as git would, from the standard library's matcher."""
    old, new = before.split(b"\n"), after.split(b"\n")
    ends = [each + b"\n" for each in old[:-1]] + ([old[-1]] if old[-1] else [])
    now = [each + b"\n" for each in new[:-1]] + ([new[-1]] if new[-1] else [])
    codes = difflib.SequenceMatcher(None, ends, now, autojunk=False).get_opcodes()
    return [Hunk(i + (j > i), j - i, k + (m > k), m - k) for tag, i, j, k, m in codes if tag != "equal"]


def files(*times: float | None) -> list[FileChange]:
    return [FileChange(f"{number:03}", ChangeKind.ADDED, None, None, written_at=at) for number, at in enumerate(times)]


BURSTS: Mapping[str, tuple[list[FileChange], list[int]]] = {
    "nothing": ([], []),
    "nine are too few": (files(*[1.0] * 9), []),
    "ten at once": (files(*[1.0] * 10), [10]),
    "a slow but steady command": (files(*[number / 6 for number in range(30)]), [30]),
    "an agent that edits one by one": (files(*[number / 2 for number in range(30)]), []),
    "two commands": (files(*[1.0] * 12, *[9.0] * 11), [12, 11]),
    "a folder was deleted": (files(*[None] * 10, 1.0), [10]),
}


@pytest.mark.parametrize("name", BURSTS)
def test_bursts(name: str) -> None:
    given_files, sizes = BURSTS[name]
    assert [len(each) for each in bursts(given_files)] == sizes


@given(st.sets(st.text("ab/*[ #!\\é", min_size=1, max_size=12), min_size=1, max_size=60))
def test_globs_of_a_burst_match_all_of_it(names: set[str]) -> None:
    paths = sorted({"/".join(part for part in name.split("/") if part.strip(" ")) for name in names} - {""})
    assume(paths)
    globs = covering(paths)
    assert len(globs) <= max(GLOBS, len({path.split("/")[0] for path in paths}))
    assert set(matching(globs, paths)) == set(paths)
