"""Measuring a worktree: kept by content, by a pool, cancelled; what grew; hotspots."""

import json
import os
import sqlite3
from pathlib import Path

import pytest

from autonav_analysis.complexity.growth import growth
from autonav_protocol.errors import Cancelled
from autonav_protocol.values.complexity import FunctionComplexity
from autonav_server.worktree import measures as module
from autonav_server.worktree.measures import Measures, measures
from autonav_server.worktree.paths import cache_folder
from autonav_server.worktree.worktree import Worktree, open_worktree
from support.repository import Repository, create_repository
from test_cli import _apart, as_json, autonav  # noqa: F401

HARD = "def {name}(a):\n" + "    if a:\n        for x in a:\n            if x:\n                pass\n" * 5


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return create_repository(tmp_path / "repository")


@pytest.fixture
def worktree(repository: Repository) -> Worktree:
    repository.write("a.py", "def f(a):\n    if a:\n        pass\n")
    repository.write("b/c.go", "package b\nfunc g(a int) {\n\tif a > 0 {\n\t}\n}\n")
    repository.write("d.txt", "no language\n")
    repository.commit("code")
    return open_worktree(str(repository.root))


def named(found: Measures) -> list[tuple[str, str, int]]:
    return [(each.path, each.name, each.cognitive) for each in found.functions]


PATHS = ("a.py", "b/c.go", "d.txt", "gone.py")
EXPECTED = [("a.py", "f", 1), ("b/c.go", "g", 1)]


def test_what_is_known_is_not_measured_again(worktree: Worktree, monkeypatch: pytest.MonkeyPatch) -> None:
    assert named(measures(worktree, PATHS)) == EXPECTED
    monkeypatch.setattr(module, "measure", None)
    assert named(measures(worktree, PATHS)) == EXPECTED
    os.utime(worktree.path("a.py"))  # another stat, the same content
    os.rename(worktree.path("b/c.go"), worktree.path("e.go"))
    assert named(measures(worktree, ("a.py", "e.go"))) == [("a.py", "f", 1), ("e.go", "g", 1)]
    with pytest.raises(TypeError):
        measures(worktree, PATHS, profile="radon")  # known by another profile alone


def test_another_content_of_the_same_size_at_once_is_seen(worktree: Worktree) -> None:
    path = Path(worktree.path("a.py"))
    for value in ("aa", "or", "is"):
        path.write_text(f"def f(a):\n    if a {value} a:\n        pass\n")
        found = measures(worktree, ("a.py",)).functions[0].cognitive
        assert found == (2 if value == "or" else 1)


@pytest.mark.parametrize("damage", [b"garbage" * 1000, b"", None])
def test_a_cache_that_cannot_be_used_costs_nothing(worktree: Worktree, damage: bytes | None) -> None:
    assert named(measures(worktree, PATHS)) == EXPECTED
    path = cache_folder() / "complexity.db"
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        each.unlink(missing_ok=True)
    if damage is None:
        path.mkdir()
    else:
        path.write_bytes(damage)
    assert named(measures(worktree, PATHS)) == EXPECTED
    if damage is not None:
        assert sqlite3.connect(path).execute("SELECT count(*) FROM measures").fetchone() == (2,)


def test_many_cold_files_go_to_a_pool_and_can_be_stopped(worktree: Worktree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POOL_FROM", 2)
    monkeypatch.setattr(module, "CHUNK", 1)
    for number in range(6):
        Path(worktree.path(f"{number}.py")).write_text(HARD.format(name=f"f{number}"))
    paths = [f"{number}.py" for number in range(6)]
    said: list[str] = []

    def stop(sentence: str, share: float | None) -> None:
        said.append(sentence)
        raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        measures(worktree, paths, report=stop)
    assert said == ["measured 1 of 6 files"]
    assert [each.cognitive for each in measures(worktree, paths).functions] == [30] * 6


def test_what_cannot_be_measured_is_said_once(worktree: Worktree, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        Path(worktree.path(f"{number}.rb")).write_text(f"def f{number}; end\n")
    Path(worktree.path("large.py")).write_bytes(b"#" * 5_000_001)
    monkeypatch.setattr(module, "_why_not", lambda language: "ruby: no wheel" if language.name == "ruby" else None)
    found = measures(worktree, ("0.rb", "1.rb", "2.rb", "large.py", "a.py"))
    assert sorted(found.problems) == ["large.py: larger than 5,000,000 bytes", "ruby: no wheel"]
    assert named(found) == [("a.py", "f", 1)]


def function(path: str, name: str, cognitive: int) -> FunctionComplexity:
    return FunctionComplexity(path, name, 1, 2, cognitive, 1, 1)


def test_growth_follows_names_and_moves_and_leaves_lambdas_out() -> None:
    before = [function("a.py", "f", 3), function("a.py", "moved", 40), function("a.js", "<anonymous>", 1)]
    after = [
        function("a.py", "f", 9),
        function("b.py", "moved", 40),
        function("b.py", "new", 7),
        function("a.js", "g.<anonymous>", 50),
    ]
    assert [(each.path, each.name, each.before, each.after) for each in growth(before, after)] == [
        ("a.py", "f", 3, 9), ("b.py", "moved", 40, 40), ("b.py", "new", None, 7),
    ]  # fmt: skip


def test_what_a_branch_made_harder(repository: Repository) -> None:
    repository.write("a.py", "def f(a):\n    pass\n")
    repository.write("old.py", HARD.format(name="kept"))
    repository.commit("before")
    repository.git("checkout", "-qb", "work")
    repository.write("a.py", HARD.format(name="f"))
    repository.git("mv", "old.py", "new.py")
    repository.write("untracked.py", HARD.format(name="fresh"))
    root = repository.root
    result = as_json(root, "complexity", "--diff", "main")
    assert sorted(each["path"] for each in result["functions"]) == ["a.py", "new.py", "untracked.py"]
    assert [(each["code"], each["path"]) for each in result["findings"]] == [
        ("AN310", "a.py"),
        ("AN310", "untracked.py"),
    ]
    assert "grew from cognitive complexity 0 to 30" in autonav(root, "complexity", "--diff", "main", "--top", "1")
    assert "AN310" in autonav(root, "complexity", "--diff", "main", "--fail-on", "information", code=1)
    sarif = json.loads(autonav(root, "complexity", "--diff", "main", "--format", "sarif"))
    assert {each["ruleId"] for each in sarif["runs"][0]["results"]} == {"AN310"}
    autonav(root, "complexity", "--over", "30")
    autonav(root, "complexity", "--over", "29", code=1)


def test_hotspots(repository: Repository) -> None:
    for number in range(5):
        repository.write("often and hard.py", HARD.format(name="f") + f"# {number}\n")
        repository.write("often.py", f"X = {number}\n")
        repository.commit(f"change {number}")
    repository.write("hard.py", HARD.format(name="g"))
    repository.commit("once")
    found = as_json(repository.root, "hotspots")["hotspots"]
    first = found[0]
    assert (first["commits"], first["cognitive"], first["worst"]) == (5, 30, "f")
    assert [each["path"] for each in found] == ["often and hard.py", "hard.py"]
    assert found[0]["lines_changed"] == 21 + 1 + 4 * 2
    assert "often and hard.py" in autonav(repository.root, "hotspots", "--top", "1")
    assert "is not in git" in autonav(repository.root.parent, "hotspots", code=2)
