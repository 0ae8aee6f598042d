"""Writing into a worktree, the one way git is run, and settings."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from autonav_protocol.errors import Conflict, Internal, NotFound, Refused, Unavailable
from autonav_protocol.settings import PROTECTED
from autonav_server.toolchains import python as python_toolchain
from autonav_server.worktree import restore
from autonav_server.worktree.atomic import Image, read_image, write_atomically
from autonav_server.worktree.configuration import load
from autonav_server.worktree.git import Git
from autonav_server.worktree.restore import Write, write_files
from autonav_server.worktree.worktree import Worktree, open_worktree
from support.repository import IDENTITY, Repository, create_repository, use_no_settings_of_this_machine

AT = "2026-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_no_settings_of_this_machine(monkeypatch, tmp_path)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return create_repository(tmp_path / "a repository")


@pytest.fixture
def worktree(repository: Repository) -> Iterator[Worktree]:
    opened = open_worktree(str(repository.root))
    yield opened
    opened.close()


IMAGES = {
    "text": Image("100644", b"text\n"),
    "empty": Image("100644", b""),
    "binary": Image("100644", bytes(range(256))),
    "CRLF, form feed and a BOM": Image("100644", b"\xef\xbb\xbfa\r\n\x0c\r\n"),
    "program": Image("100755", b"#!/bin/sh\n"),
    "link": Image("120000", b"some/where else"),
    "link to bytes": Image("120000", b"\xff\xfe"),
    "nothing": None,
}


@pytest.mark.parametrize("after", IMAGES)
@pytest.mark.parametrize("before", IMAGES)
def test_every_write_is_exact_and_undone(worktree: Worktree, before: str, after: str) -> None:
    path = "a folder/a\nname\udcff"
    if (image := IMAGES[before]) is not None:
        write_atomically(worktree.path(path), image.data, image.mode)
    moment = write_files(worktree, "test", [Write(path, IMAGES[before], IMAGES[after])], AT)
    assert read_image(worktree.path(path)) == IMAGES[after]
    assert restore.undo(worktree, None, AT)[:2] == (moment, (path,))
    assert read_image(worktree.path(path)) == IMAGES[before]
    assert [name for name in os.listdir(worktree.root) if name.startswith(".autonav-")] == []


def test_what_has_changed_meanwhile_is_not_overwritten(worktree: Worktree) -> None:
    there = read_image(worktree.path("f0.txt"))
    seen = Image("100644", b"something else")
    with pytest.raises(Conflict, match=r"f1\.txt has changed"):
        write_files(worktree, "t", [Write("f0.txt", there, None), Write("f1.txt", seen, None)], AT)
    assert read_image(worktree.path("f0.txt")) == there
    with pytest.raises(NotFound, match="nothing to undo"):
        restore.undo(worktree, None, AT)


def test_all_or_nothing_when_a_write_fails(worktree: Worktree, monkeypatch: pytest.MonkeyPatch) -> None:
    images = {name: read_image(worktree.path(name)) for name in ("f0.txt", "f1.txt")}
    calls = []

    def full(path: str, data: bytes, mode: str) -> None:
        calls.append(path)
        if len(calls) == 2:
            raise OSError(28, "no space left on device")
        write_atomically(path, data, mode)

    monkeypatch.setattr(restore, "write_atomically", full)
    with pytest.raises(OSError, match="no space"):
        write_files(worktree, "t", [Write(name, each, Image("100644", b"x")) for name, each in images.items()], AT)
    assert {name: read_image(worktree.path(name)) for name in images} == images


def test_nothing_is_written_through_a_link(worktree: Worktree, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    os.symlink(tmp_path / "outside", worktree.path("link"))
    with pytest.raises(Refused, match="leads outside the worktree"):
        write_files(worktree, "t", [Write("link/deep/x", None, Image("100644", b"x"))], AT)
    assert os.listdir(tmp_path / "outside") == []


def test_a_folder_is_not_taken_for_a_file(worktree: Worktree) -> None:
    os.mkdir(worktree.path("new"))
    with pytest.raises(Conflict, match="is a folder now"):
        write_files(worktree, "t", [Write("new", None, Image("100644", b"x"))], AT)


def test_other_permissions_are_kept(worktree: Worktree) -> None:
    os.chmod(worktree.path("f0.txt"), 0o640)
    there = read_image(worktree.path("f0.txt"))
    write_files(worktree, "t", [Write("f0.txt", there, Image("100755", b"x"))], AT)
    assert stat.S_IMODE(os.stat(worktree.path("f0.txt")).st_mode) == 0o750


@pytest.mark.parametrize("named", ["../x", "/etc/passwd", "pkg/../../x", ""])
def test_no_path_leads_out_of_the_worktree(worktree: Worktree, named: str) -> None:
    with pytest.raises(Exception, match=r"outside|not a file|git") as caught:
        worktree.relative(named)
    assert caught.value.__class__.__module__.startswith("autonav")


HOSTILE = {
    "file system monitor": ("core.fsmonitor", "{}"),
    "hooks": ("core.hooksPath", "hooks"),
    "pager": ("core.pager", "{}"),
    "external diff": ("diff.external", "{}"),
    "ssh": ("core.sshCommand", "{}"),
    "editor": ("core.editor", "{}"),
    "signing": ("gpg.program", "{}"),
    "alias": ("alias.status", "!{}"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_git_runs_no_program_of_the_repository(repository: Repository, tmp_path: Path, name: str) -> None:
    program, ran = tmp_path / "program", tmp_path / "ran"
    program.write_text(f"#!/bin/sh\necho ran >> {ran}\n")
    program.chmod(0o755)
    os.mkdir(repository.path("hooks"))
    for hook in ("post-index-change", "reference-transaction", "post-checkout", "pre-commit"):
        os.symlink(program, repository.path(f"hooks/{hook}"))
    key, value = HOSTILE[name]
    repository.git("config", key, value.format(program))
    repository.git("config", "commit.gpgSign", "true")
    repository.write("f0.txt", "changed")
    git = Git(str(repository.root), IDENTITY)
    for argv in (
        ["status", "--porcelain"],
        ["diff-files", "-p"],
        ["ls-files", "-z"],
        ["commit-tree", "HEAD^{tree}", "-m", "x"],
        ["update-ref", "refs/heads/x", "HEAD"],
        ["log", "-p", "--no-ext-diff"],
        ["read-tree", "--index-output=" + str(tmp_path / "index"), "HEAD"],
    ):
        git(*argv)
    assert not ran.exists()


def test_git_leaves_the_index_as_it_is(repository: Repository) -> None:
    os.utime(repository.path("f0.txt"))
    before = Path(repository.path(".git/index")).read_bytes()
    Git(str(repository.root))("status", "--porcelain")
    assert Path(repository.path(".git/index")).read_bytes() == before


def test_git_says_what_failed(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    git = Git(str(repository.root))
    with pytest.raises(Internal, match="cat-file failed: .*nowhere"):
        git("cat-file", "-p", "nowhere")
    assert git.line("rev-parse", "-q", "--verify", "nowhere") == ""
    with pytest.raises(Unavailable, match="not a folder any more"):
        Git(str(repository.root) + "/gone")("status")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unavailable, match="git is not installed"):
        git("status")


SETTINGS = {
    "nothing": ({}, (), PROTECTED, 15, 0),
    "the repository's own file": ({"autonav.toml": "[complexity]\nlens_threshold = 9"}, (), PROTECTED, 9, 0),
    "pyproject": ({"pyproject.toml": "[tool.autonav.complexity]\nlens_threshold = 9"}, (), PROTECTED, 9, 0),
    "the first file decides": (
        {"autonav.toml": "[complexity]\nlens_threshold = 9", ".autonav.toml": "[complexity]\nlens_threshold = 8"},
        (), PROTECTED, 9, 0,
    ),
    "the editor replaces": (
        {"autonav.toml": "[complexity]\nlens_threshold = 9"},
        ({"complexity": {"lens_threshold": 7}},), PROTECTED, 7, 0,
    ),
    "the repository changes a guard": (
        {"autonav.toml": "protected = ['!LICENSE*', 'x']"}, (), (*PROTECTED, "!LICENSE*", "x"), 15, 0,
    ),
    "the editor only tightens a guard": ({}, ({"protected": ["!LICENSE*", "x"]},), (*PROTECTED, "x"), 15, 0),
    "not TOML": ({"autonav.toml": "["}, (), PROTECTED, 15, 1),
    "not UTF-8": ({"autonav.toml": "\udcff"}, (), PROTECTED, 15, 1),
    "an unknown key": ({"autonav.toml": "colour = 'blue'"}, (), PROTECTED, 15, 1),
    "a wrong kind from the editor": ({}, ({"complexity": {"lens_threshold": "high"}},), PROTECTED, 15, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_settings(tmp_path: Path, name: str) -> None:
    files, later, protected, threshold, problems = SETTINGS[name]
    for path, text in files.items():
        (tmp_path / path).write_bytes(text.encode("utf-8", "surrogateescape"))
    configuration = load(str(tmp_path), *later)
    assert configuration.settings.protected == protected
    assert configuration.settings.complexity.lens_threshold == threshold
    assert len(configuration.problems) == problems


TEST_FILES = {
    "tests/test_x.py": True, "tests/helpers.py": True, "src/x_test.py": True, "conftest.py": True, "test_x.py": True,
    "test.py": True, "shop/tests.py": True, "latest.py": False,
    "src/x.py": False, "contest.py": False, "src/testimony.py": False, "attest/x.py": False,
}  # fmt: skip


@pytest.mark.parametrize("path", TEST_FILES)
def test_which_python_files_are_tests(path: str) -> None:
    assert python_toolchain.is_test_file(path) is TEST_FILES[path]


def test_the_python_toolchain_says_what_is_missing(tmp_path: Path) -> None:
    assert python_toolchain.detect(str(tmp_path), None) is None
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "src").mkdir()
    found = python_toolchain.detect(str(tmp_path), None)
    assert found is not None
    assert found.python_path == ("src", "")
    with pytest.raises(Unavailable, match="does not run"):
        python_toolchain.detect(str(tmp_path), "no/such/python")
    bare = tmp_path / "bare"
    bare.write_text('#!/bin/sh\necho \'{"pytest": false, "version": [3, 12], "paths": []}\'\n')
    bare.chmod(0o755)
    with pytest.raises(Unavailable, match="has no pytest"):
        python_toolchain.detect(str(tmp_path), str(bare))
