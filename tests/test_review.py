"""A change in the order in which it is read, and what was read of it: real repositories, real rebases."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from autonav_analysis.reviewing import review
from autonav_protocol.errors import BadRequest, NotFound, Refused
from autonav_protocol.operation import Surface
from autonav_protocol.operations.review import ReviewResult
from autonav_protocol.settings import Settings
from autonav_protocol.values.audit import AuditedFile
from autonav_protocol.values.change import Change, ChangeKind, Entry, FileChange
from autonav_protocol.values.contract import Contract, Scope
from autonav_server.context import Context
from autonav_server.ledger import chain
from autonav_server.lsp.audit_watch import AuditWatch
from autonav_server.operations._registry import bound_operations, call
from autonav_server.operations.review import text
from autonav_server.worktree.fence import look
from autonav_server.worktree.snapshot import private_git, take_snapshot, write_tree
from autonav_server.worktree.worktree import Worktree, open_worktree
from support.audits import audited_file
from support.repository import IDENTITY, Repository, create_repository, use_no_settings_of_this_machine

HTTP = "def get(url):\n    return open_url(url)\n\n\ndef close():\n    pass\n"
COLOUR = "RED = 1\nGREEN = 2\n"
SHELL = "import subprocess\n\n\ndef run(x):\n    return 1\n"


@pytest.fixture(autouse=True)
def apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_no_settings_of_this_machine(monkeypatch, tmp_path)
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


class Here:
    """A repository on a branch, and its operations as an editor asks for them."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.worktree: Worktree = open_worktree(str(repository.root))

    async def ask(self, verb: str, surface: Surface = Surface.EDITOR, **params: Any) -> Any:
        context = Context(surface, lambda: self.worktree, Settings, lambda _: False)
        return await call(bound_operations()[verb], context, params)

    async def review(self, **params: Any) -> ReviewResult:
        return await self.ask("review", **params)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    repository = create_repository(tmp_path / "a repository")
    for name, content in (("src/http.py", HTTP), ("src/colour.py", COLOUR), ("src/http_shell.py", SHELL)):
        repository.write(name, content)
    repository.commit("start")
    made = Here(repository)
    yield made
    made.worktree.close()


def places(result: ReviewResult) -> list[tuple[str, str, bool]]:
    """Return the group, the place and whether it is reviewed, of each hunk."""
    return [(group.name, f"{each.path}:{each.line}", each.reviewed) for group in result.groups for each in group.hunks]


async def test_what_nothing_asks_for_comes_first_and_layout_last(here: Here) -> None:
    await here.ask("start", task="retry in src/http.py, with src/http_shell.py", edit=["src/**"])
    files = here.repository
    files.replace("src/http.py", "open_url(url)", "open_url(url) or open_url(url)")
    files.replace("src/http.py", "    pass\n", "    pass  # nothing to close\n")
    files.replace("src/http_shell.py", "return 1", "return subprocess.run(x, shell=True)")
    files.replace("src/colour.py", "GREEN = 2", "GREEN = 3")
    files.write("outside.txt", "x\n")
    result = await here.review()
    assert places(result) == [
        ("untraced", "outside.txt:1", False),
        ("untraced", "src/colour.py:2", False),
        ("risky", "src/http_shell.py:5", False),
        ("deliverable", "src/http.py:2", False),
        ("mechanical", "src/http.py:6", False),
    ]
    assert [each.title for each in result.groups][2] == "For src/http.py"
    codes = {each.path: each.codes for group in result.groups for each in group.hunks}
    assert codes["src/colour.py"] == ("AN201",)
    assert "AN302" in codes["src/http_shell.py"]
    said = text(result)
    assert "5 hunks, 0 reviewed" in said
    assert "  [ ] src/http.py:6  +1 -1  comments alone differ" in said


async def test_a_test_of_the_base_that_failed_on_this_change_is_said(here: Here) -> None:
    """As a validation of this very tree recorded it; the review is asked for beside the editor."""
    here.repository.write("tests/test_http.py", "def test_get():\n    assert get(1) == 1\n")
    base = here.repository.commit("a test")
    here.repository.replace("src/http.py", "open_url(url)", "open_url(url) or 2")
    here.repository.replace("tests/test_http.py", "== 1", "== 2")
    with here.worktree.alone():
        tree = write_tree(here.worktree, take_snapshot(here.worktree, private_git(here.worktree)).tree)
    broken = [{"broken": ["tests/test_http.py::test_get"]}]
    validated = {"root": here.worktree.root, "tree": tree, "base": base, "old_tests": True, "projects": broken}
    chain.append(here.worktree.store, "validate", "cli", validated)

    async def why() -> str:
        trusting = Context(Surface.CLI, lambda: here.worktree, Settings, lambda _: True)
        result: ReviewResult = await call(bound_operations()["review"], trusting, {"base": "HEAD"})
        return next(each.why for group in result.groups for each in group.hunks if each.path.startswith("tests/"))

    assert "the old test fails on the new code" in await why()
    here.repository.replace("src/http.py", "or 2", "or 3")  # not what was validated any more
    assert "the old test" not in await why()


async def test_a_mark_stays_with_its_content(here: Here) -> None:
    git = here.repository.git
    git("checkout", "-q", "-b", "work")
    here.repository.replace("src/http.py", "open_url(url)", "retry(open_url, url)")
    here.repository.replace("src/colour.py", "GREEN = 2", "GREEN = 3")
    here.repository.commit("work")
    done = await here.ask("review mark", base="main", hunks=["src/http.py:2"])
    assert (done.marked, done.reviewed, done.hunks) == (1, 1, 2)

    git("checkout", "-q", "main")
    here.repository.write("src/http.py", "import os\n\n\n" + HTTP)
    here.repository.commit("lines above")
    git("checkout", "-q", "work")
    git("rebase", "-q", "main")
    marked = ("deliverable", "src/http.py:5", True)
    assert places(await here.review(base="main")) == [("deliverable", "src/colour.py:2", False), marked]
    git("commit", "-q", "--amend", "-m", "amended")
    assert marked in places(await here.review(base="main"))
    assert places(await here.review(base="main", unread=True)) == [("deliverable", "src/colour.py:2", False)]

    here.repository.replace("src/http.py", "retry(open_url, url)", "retry(open_url, url, 2)")
    assert ("deliverable", "src/http.py:5", False) in places(await here.review(base="main"))
    here.repository.replace("src/http.py", "retry(open_url, url, 2)", "retry(open_url, url)")
    assert marked in places(await here.review(base="main"))


async def test_marks_come_off_and_are_recorded(here: Here) -> None:
    await here.ask("start", task="colours", edit=["src/**"])
    here.repository.replace("src/colour.py", "GREEN = 2", "GREEN = 3")
    [(_, _, before)] = places(await here.review())
    [group] = (await here.review()).groups
    mark = group.hunks[0].mark
    await here.ask("review mark", hunks=[mark])
    [(_, _, marked)] = places(await here.review())
    done = await here.ask("review mark", hunks=["src/colour.py"], remove=True)
    assert (before, marked, done.reviewed) == (False, True, 0)
    records = [each.data for each in chain.last_records(here.worktree.store, 10) if each.kind == "review.mark"]
    assert [(each["hunks"], each["marks"], each["removed"]) for each in records] == [
        (["src/colour.py:2"], [mark], False),
        (["src/colour.py:2"], [mark], True),
    ]


async def test_only_a_person_marks(here: Here) -> None:
    here.repository.replace("src/colour.py", "GREEN = 2", "GREEN = 3")
    for surface in (Surface.CLI, Surface.ATTACH, Surface.MCP):  # no terminal here
        with pytest.raises(Refused):
            await here.ask("review mark", surface, hunks=["src/colour.py"])
    with pytest.raises(NotFound):
        await here.ask("review mark", hunks=["src/http.py"])


async def test_the_same_line_in_another_function_is_not_read(here: Here) -> None:
    here.repository.write("src/two.py", "def a(x):\n    return x == 1\n\n\ndef b(x):\n    return x == 1\n")
    here.repository.commit("two")
    await here.ask("start", task="two", edit=["src/**"])
    here.repository.write("src/two.py", "def a(x):\n    return True\n\n\ndef b(x):\n    return True\n")
    await here.ask("review mark", hunks=["src/two.py:2"])
    assert [(place, read) for _, place, read in places(await here.review())] == [
        ("src/two.py:2", True),
        ("src/two.py:6", False),
    ]


def test_two_thousand_files() -> None:
    """A large change is ordered in one pass; what is neither code nor text is a hunk too."""
    described = [
        {
            "path": f"src/m{number}.py",
            "before": f"x = {number}\nf()\ny = 1  # one\n",
            "after": f"x = -{number}\nf()\ny = 1  # two\n",
        }
        for number in range(2000)
    ]
    files = [audited_file(each) for each in described]
    logo = FileChange("logo.png", ChangeKind.MODIFIED, Entry("100644", "a"), Entry("100644", "b"), binary=True)
    change = Change(Contract("t", "a task", Scope(edit=("**",))), (*(each.change for each in files), logo))
    groups = review(change, files, (), ())
    assert [(each.name, len(each.hunks)) for each in groups] == [("deliverable", 2001), ("mechanical", 2000)]


async def test_a_file_as_it_was(here: Here) -> None:
    files = here.repository
    await here.ask("start", task="colours", edit=["src/**"])
    files.replace("src/colour.py", "GREEN = 2", "GREEN = 3")
    files.write("src/new.py", "NEW = 1\n")
    (here.repository.root / "src/http.py").unlink()
    was = [await here.ask("review base", path=each) for each in ("src/colour.py", "src/new.py", "src/http.py")]
    assert [(each.existed, each.text) for each in was] == [(True, COLOUR), (False, ""), (True, HTTP)]
    with pytest.raises(NotFound):
        await here.ask("review base", path="src/http_shell.py")
    (here.repository.root / "src/colour.py").write_bytes(b"\0")
    with pytest.raises(BadRequest):
        await here.ask("review base", path="src/colour.py")


async def test_a_file_as_it_was_where_the_branch_left(here: Here) -> None:
    here.repository.git("checkout", "-q", "-b", "work")
    here.repository.replace("src/colour.py", "GREEN = 2", "GREEN = 3")
    here.repository.commit("work")
    was = await here.ask("review base", path=str(here.repository.root / "src/colour.py"), base="main")
    assert (was.path, was.text) == ("src/colour.py", COLOUR)


class Counted:
    """What stands for a pool of workers: calls are made at once, and the files that are judged are counted."""

    def __init__(self) -> None:
        self.judged: list[str] = []

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        self.judged += [each.path for subjects in arguments for each in subjects if isinstance(each, AuditedFile)]
        done: Future[Any] = Future()
        done.set_result(function(*arguments))
        return done


async def test_a_review_judges_only_what_the_watch_of_an_editor_does_not_know(here: Here) -> None:
    await here.ask("start", task="shells", edit=["src/**"])
    pool, shares, names = Counted(), list[float](), ["src/colour.py", "src/http.py", "src/http_shell.py"]
    make: Any = AuditWatch
    watch = make(here.worktree, lambda: pool, list, Settings, lambda found, share: shares.append(share))

    def found() -> list[str]:
        return [
            each.path for each in watch.findings(look(here.worktree, Settings(), trusted=True)) if each.code == "AN302"
        ]

    for name in names:
        here.repository.write(name, SHELL.replace("1", "subprocess.run(x, shell=True)"))
    watch.update(look(here.worktree, Settings(), trusted=True))
    while 1.0 not in shares:
        await asyncio.sleep(0.01)
    assert sorted(pool.judged) == names
    assert await asyncio.to_thread(found) == names
    assert len(pool.judged) == 3
    here.repository.write("src/http.py", "X = 2\n")
    assert await asyncio.to_thread(found) == ["src/colour.py", "src/http_shell.py"]
    assert pool.judged[3:] == ["src/http.py"]
    await watch.close()
