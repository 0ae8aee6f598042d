"""What became of applied changes, by content: the texts alone, then real branches that were merged in every way."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from autonav_analysis.learning.outcomes import Hunk, hunks, verdict
from autonav_protocol.errors import BadRequest, NotFound, Refused
from autonav_protocol.operation import Surface
from autonav_protocol.settings import Settings
from autonav_server.context import Context
from autonav_server.evaluation.outcome import unified_diff
from autonav_server.exploration.proof import APPLIED
from autonav_server.learning.outcomes import Applied, Judged, judged
from autonav_server.ledger import chain
from autonav_server.operations import outcome
from autonav_server.operations._registry import bound_operations, call
from autonav_server.worktree.worktree import Worktree, open_worktree
from support.repository import FIRST_COMMIT_AT, create_repository, use_no_settings_of_this_machine

BEFORE = "import os\n\n\ndef f(a, b):\n    if a < b:\n        return a\n    return b\n\n\ndef g():\n    return 1\n"
AFTER = BEFORE.replace("a < b", "a <= b")
TWICE = AFTER.replace("return 1", "return 2")
PATH = "pkg/f.py"


def diff(before: str, after: str, path: str = PATH) -> str:
    return unified_diff(path, before.encode(), after.encode())


def test_hunks_of_a_diff() -> None:
    assert hunks(diff(BEFORE, TWICE)) == {
        PATH: (
            Hunk(("def f(a, b):",), ("    if a < b:",), ("    if a <= b:",), ("        return a",)),
            Hunk(("def g():",), ("    return 1",), ("    return 2",), ()),
        )
    }


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a\nb\n", "a\nx\nb\n", Hunk(("a",), (), ("x",), ("b",))),
        ("a\nx\nb\n", "a\nb\n", Hunk(("a",), ("x",), (), ("b",))),
        ("a\n", "b\n", Hunk((), ("a",), ("b",), ())),
        ("a", "b", Hunk((), ("a",), ("b",), ())),
        ("-- a\n", "++ b\n", Hunk((), ("-- a",), ("++ b",), ())),
        ("a\r\n", "b\r\n", Hunk((), ("a",), ("b",), ())),
    ],
    ids=["added", "removed", "whole", "no newline at the end", "like a header", "carriage returns"],
)
def test_a_hunk(before: str, after: str, expected: Hunk) -> None:
    assert hunks(diff(before, after)) == {PATH: (expected,)}


def test_paths_of_a_diff() -> None:
    both = diff("a\n", "b\n", "one two.py") + diff("a\n", "b\n", "b/x.py")
    assert list(hunks(both)) == ["one two.py", "b/x.py"]
    assert hunks("") == {}


VERDICTS: dict[str, tuple[str, str, str | None, str]] = {
    "as it was left": (BEFORE, AFTER, AFTER, "kept"),
    "as it was": (BEFORE, AFTER, BEFORE, "reverted"),
    "moved": (BEFORE, AFTER, "def new():\n    pass\n\n\n" + AFTER, "kept"),
    "neighbours changed": (BEFORE, AFTER, AFTER.replace("f(a, b)", "f(a, b=0)").replace("return a\n", "return +a\n"), "kept"),
    "reverted, neighbours changed": (BEFORE, AFTER, BEFORE.replace("f(a, b)", "f(a, b=0)"), "reverted"),
    "written anew": (BEFORE, AFTER, AFTER.replace("a <= b", "not a > b"), "rewritten"),
    "gone": (BEFORE, AFTER, None, "rewritten"),
    "emptied": (BEFORE, AFTER, "", "rewritten"),
    "other line ends": (BEFORE, AFTER, AFTER.replace("\n", "\r\n"), "kept"),
    "one of two kept": (BEFORE, TWICE, AFTER, "rewritten"),
    "two of two kept": (BEFORE, TWICE, TWICE, "kept"),
    "two of two reverted": (BEFORE, TWICE, BEFORE, "reverted"),
    "lines torn apart": ("a\n", "a\nx\ny\n", "a\nx\nmore\ny\n", "rewritten"),
    "an addition taken out": ("a\nb\n", "a\nx\nb\n", "a\nb\n", "reverted"),
    "an addition at the end": ("a\n", "a\nx\n", "a\n", "reverted"),
    "an addition at the end that more follows": ("a\n", "a\nx\n", "a\nx\ny\n", "kept"),
    "a whole file": ("a\n", "b\n", "a\n", "reverted"),
    "a removal": ("a\nx\nb\n", "a\nb\n", "a\nb\n", "kept"),
    "a removal put back": ("a\nx\nb\n", "a\nb\n", "a\nx\nb\n", "reverted"),
    "a removal between others": ("a\nx\nb\n", "a\nb\n", "a\nc\nb\n", "rewritten"),
    "its line stands elsewhere too": (
        "def f():\n    return a\n\n\ndef g():\n    return None\n",
        "def f():\n    return None\n\n\ndef g():\n    return None\n",
        "def f():\n    return a\n\n\ndef g():\n    return None\n",
        "reverted",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts(name: str) -> None:
    before, after, now, expected = VERDICTS[name]
    assert verdict(hunks(diff(before, after)), {} if now is None else {PATH: now}) == expected


class Story:
    """A repository whose branch `fix` turns BEFORE into AFTER on day 0; `on(day)` dates what git does next."""

    def __init__(self, root: Path) -> None:
        self.repository = create_repository(root)
        self.today = 30.0
        self.on(-10)
        self.write(BEFORE)
        self.head = self.commit("start")
        self.on(0)
        self.git("checkout", "-q", "-b", "fix")
        self.write(AFTER)
        self.fix = self.commit("fix")
        self.git("checkout", "-q", "main")

    def on(self, day: float) -> None:
        at = datetime.fromtimestamp(FIRST_COMMIT_AT, UTC) + timedelta(days=100 + day)
        self.day = {"GIT_COMMITTER_DATE": f"{int(at.timestamp())} +0000"}

    def git(self, *argv: str) -> str:
        return self.repository.git(*argv, **self.day)

    def write(self, text: str, path: str = PATH) -> None:
        self.repository.write(path, text)

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def later(self, day: float, text: str | None = None) -> str:
        """Commit on main on a day: a text, or something else."""
        self.on(day)
        if text is None:
            self.write(f"{day}\n", "other.txt")
        else:
            self.write(text)
        return self.commit(f"day {day}")

    def judged(self, worktree: Worktree) -> Judged:
        start = datetime.fromtimestamp(FIRST_COMMIT_AT, UTC) + timedelta(days=100, seconds=0.4)
        applied = Applied(start, self.fix, self.head, diff(BEFORE, AFTER))
        return judged(worktree, applied, start + timedelta(days=self.today))


def forwarded(story: Story) -> None:
    story.git("merge", "-q", "--ff-only", "fix")


def kept(story: Story) -> str:
    forwarded(story)
    story.later(3)
    due = story.later(8)
    story.later(9, BEFORE)
    return due


def nothing_after(story: Story) -> str:
    forwarded(story)
    return story.later(3)


def reverted(story: Story) -> str:
    forwarded(story)
    story.on(2)
    story.git("revert", "--no-edit", "HEAD")
    return story.later(8)


def written_anew(story: Story) -> str:
    forwarded(story)
    return story.later(7.5, AFTER.replace("a <= b", "not a > b"))


def renamed(story: Story) -> str:
    forwarded(story)
    story.on(4)
    story.git("mv", PATH, "pkg/renamed.py")
    story.commit("rename")
    return story.later(9)


def renamed_before_the_merge(story: Story) -> str:
    story.on(1)
    story.git("mv", PATH, "pkg/renamed.py")
    story.commit("rename")
    story.on(2)
    story.git("merge", "-q", "fix")
    return story.later(10)


def deleted(story: Story) -> str:
    forwarded(story)
    story.on(4)
    story.git("rm", "-q", PATH)
    story.commit("delete")
    return story.later(9)


def never_merged(story: Story) -> str:
    story.later(8)
    return ""


def squashed(story: Story) -> str:
    story.later(1)
    story.on(2)
    story.git("merge", "-q", "--squash", "fix")
    story.commit("squashed, with another id")
    story.git("branch", "-D", "fix")
    story.git("reflog", "expire", "--expire=now", "--all")
    story.git("gc", "-q", "--prune=now")
    return story.later(10)


def squashed_and_taken_out(story: Story) -> str:
    squashed_day = 2
    story.later(1)
    story.on(squashed_day)
    story.git("merge", "-q", "--squash", "fix")
    story.commit("squashed")
    story.later(5, BEFORE)
    return story.later(10)


def rebased(story: Story) -> str:
    story.later(1)
    story.on(2)
    story.git("checkout", "-q", "fix")
    story.git("rebase", "-q", "main")
    story.git("checkout", "-q", "main")
    story.git("merge", "-q", "--ff-only", "fix")
    return story.later(9.5)


def merged_late(story: Story) -> str:
    story.later(8)
    story.on(20)
    story.git("merge", "-q", "--no-ff", "-m", "merge", "fix")
    story.later(22)
    return story.later(28)


def merged_too_late_to_say(story: Story) -> str:
    story.later(8)
    story.on(27)
    story.git("merge", "-q", "--no-ff", "-m", "merge", "fix")
    return ""


def changed_as_it_was_merged(story: Story) -> str:
    story.on(1)
    story.git("merge", "-q", "--no-ff", "--no-commit", "fix")
    story.write(AFTER.replace("a <= b", "not a > b"))
    story.commit("merge, changed")
    return story.later(9)


def young(story: Story) -> str:
    forwarded(story)
    story.later(3)
    story.today = 5
    return ""


def young_and_not_merged(story: Story) -> str:
    story.today = 5
    return ""


STORIES: dict[Callable[[Story], str], str] = {
    kept: "kept",
    nothing_after: "kept",
    reverted: "reverted",
    written_anew: "rewritten",
    renamed: "kept",
    renamed_before_the_merge: "kept",
    deleted: "rewritten",
    never_merged: "not merged",
    squashed: "kept",
    squashed_and_taken_out: "reverted",
    rebased: "kept",
    merged_late: "kept",
    merged_too_late_to_say: "too young",
    changed_as_it_was_merged: "rewritten",
    young: "too young",
    young_and_not_merged: "too young",
}


@pytest.fixture(autouse=True)
def apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_no_settings_of_this_machine(monkeypatch, tmp_path)


@pytest.mark.parametrize("story", STORIES, ids=lambda each: each.__name__)
def test_what_became_of_it(tmp_path: Path, story: Callable[[Story], str]) -> None:
    told = Story(tmp_path / "a repository")
    commit = story(told)
    worktree = open_worktree(str(told.repository.root))
    assert told.judged(worktree) == Judged(STORIES[story], commit)
    worktree.close()


@pytest.fixture(name="worktree")
def opened(tmp_path: Path) -> Iterator[Worktree]:
    made = open_worktree(str(create_repository(tmp_path / "repository").root))
    yield made
    made.close()


def ask_in(worktree: Worktree, surface: Surface, **params: Any) -> Any:
    context = Context(surface, lambda: worktree, Settings, lambda _: True)
    return call(bound_operations()["outcome"], context, params)


def apply(worktree: Worktree, run: str) -> None:
    """Write into the ledger what an exploration and an apply do."""
    root, head = worktree.root, worktree.git.line("rev-parse", "HEAD")
    chain.append(worktree.store, "explore.start", "cli", {"root": root, "run": run, "test": "t", "tree": "x"})
    found = {"id": f"{run}-1", "diff": diff(BEFORE, AFTER), "passed": 1, "failed": 0, "collected": 1}
    chain.append(worktree.store, "explore.end", "cli", {"root": root, "run": run, "candidates": [found]})
    done = {"root": root, "candidate": f"{run}-1", "run": run, "branch": f"autonomous/{run}", "commits": [head]}
    chain.append(worktree.store, APPLIED, "cli", {**done, "head": head, "verified": True})


async def test_what_a_person_says_stands_beside_what_git_says(worktree: Worktree) -> None:
    apply(worktree, "0000000a")
    apply(worktree, "0000000b")
    await ask_in(worktree, Surface.EDITOR, of="0000000a", ci="green")
    shown = await ask_in(worktree, Surface.EDITOR, of="0000000a", review_minutes=12)
    assert [(each.of, each.became, each.ci, each.review_minutes, each.score) for each in shown.outcomes] == [
        ("0000000a", "too young", "green", 12, pytest.approx(0.8))
    ]
    await ask_in(worktree, Surface.EDITOR, of="0000000b", ci="red", review_minutes=30)
    await ask_in(worktree, Surface.EDITOR, of="0000000b", review_minutes=90)
    shown = await ask_in(worktree, Surface.MCP)
    assert [(each.of, each.score) for each in shown.outcomes] == [("0000000a", pytest.approx(0.8)), ("0000000b", -1.5)]
    assert (shown.kept, shown.judged) == (0, 0)
    assert "0000000b  too young  autonomous/0000000b  CI red  90 min of review  score -1.50" in outcome.text(shown)
    assert chain.verify(worktree.store).integrity


async def test_a_run_of_which_nothing_was_applied_can_be_spoken_of(worktree: Worktree) -> None:
    chain.append(worktree.store, "explore.start", "cli", {"root": worktree.root, "run": "0000000c", "test": "t"})
    shown = await ask_in(worktree, Surface.EDITOR, of="0000000c", ci="red")
    assert [(each.of, each.became, each.score) for each in shown.outcomes] == [("0000000c", None, None)]
    assert outcome.text(shown) == "0000000c  not applied  CI red"


@pytest.mark.parametrize(
    ("surface", "params", "error"),
    [
        (Surface.EDITOR, {"ci": "green"}, BadRequest),
        (Surface.EDITOR, {"of": "nothing", "ci": "green"}, NotFound),
        (Surface.MCP, {"of": "0000000a", "ci": "green"}, Refused),
        (Surface.CLI, {"of": "0000000a", "review_minutes": 1}, Refused),
        (Surface.EDITOR, {"of": "0000000a", "review_minutes": -1}, BadRequest),
    ],
    ids=["of nothing", "of an unknown run", "by a program", "without a terminal", "less than none"],
)
async def test_what_is_refused(worktree: Worktree, surface: Surface, params: Any, error: type[Exception]) -> None:
    apply(worktree, "0000000a")
    with pytest.raises(error):
        await ask_in(worktree, surface, **params)
    assert (await ask_in(worktree, Surface.MCP)).outcomes[0].ci is None


async def test_nothing_applied_is_said(worktree: Worktree) -> None:
    assert outcome.text(await ask_in(worktree, Surface.CLI)).startswith("nothing was applied yet")
