"""Repositories in every state in which a person may leave one, each as a function that brings it about."""

import os
from collections.abc import Callable

from support.applying import BEFORE, TOUCHED
from support.repository import Repository, create_repository


def dirty_tree(repository: Repository) -> None:
    repository.write("f0.txt", "mine, not committed\n")
    repository.write("new.txt", "untracked\n")
    repository.write("seen.log", "ignored\n")


def staged_hunks(repository: Repository) -> None:
    repository.write("f0.txt", "staged\n")
    repository.git("add", "f0.txt")
    repository.write("f0.txt", "staged\nand not\n")
    repository.git("rm", "-q", "--cached", "f1.txt")
    repository.git("stash", "push", "-q", "--", "f2.txt", fails=False)


def intent_to_add(repository: Repository) -> None:
    repository.write("soon.txt", "soon\n")
    repository.git("add", "-N", "soon.txt")


def deleted_not_staged(repository: Repository) -> None:
    repository.remove("f3.txt")


def submodule_with_dirt(repository: Repository) -> None:
    inner = create_repository(repository.root.parent / "inner")
    repository.git("submodule", "--quiet", "add", str(inner.root), "sub")
    repository.git("commit", "-qm", "with a submodule")
    repository.write("sub/f0.txt", "dirt inside\n")


def large_files(repository: Repository) -> None:
    repository.write(".gitattributes", "*.bin filter=lfs -text\npkg/* filter=lfs\n")
    repository.write("pkg/data.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    repository.commit("pointers")
    ran = repository.root.parent / "programs ran"
    for key in ("clean", "smudge", "process"):
        repository.git("config", f"filter.lfs.{key}", f"sh -c 'echo filter >> \"{ran}\"; cat'")
    repository.git("config", "filter.lfs.required", "true")
    repository.write("pkg/data.bin", "smudged content\n")


def sparse_cone(repository: Repository) -> None:
    repository.write("other/b.py", "b\n")
    repository.commit("another folder")
    repository.git("sparse-checkout", "set", "--cone", "pkg")


def sparse_without_the_touched(repository: Repository) -> None:
    repository.write("other/b.py", "b\n")
    repository.commit("another folder")
    repository.git("sparse-checkout", "set", "--cone", "other")


def rebase_stopped(repository: Repository) -> None:
    repository.branch("side", ("f5.txt", "side\n"))
    repository.write("f5.txt", "main\n")
    repository.commit("main moved")
    repository.git("checkout", "-q", "side")
    repository.git("rebase", "main", fails=True)


def merge_stopped(repository: Repository) -> None:
    repository.branch("side", ("f5.txt", "side\n"), ("f4.txt", "side\n"))
    repository.write("f5.txt", "main\n")
    repository.commit("main moved")
    repository.git("merge", "side", fails=True)


def detached(repository: Repository) -> None:
    repository.git("checkout", "-q", "--detach")


def unborn(repository: Repository) -> None:
    repository.git("checkout", "-q", "--orphan", "fresh")


def separate_git_dir(repository: Repository) -> None:
    repository.git("init", "-q", "--separate-git-dir", str(repository.root.parent / "elsewhere.git"))


def line_ends(repository: Repository) -> None:
    repository.git("config", "core.autocrlf", "true")
    repository.write("f0.txt", repository.read("f0.txt").replace(b"\n", b"\r\n") + b"more\r\n")
    repository.write(TOUCHED, BEFORE.replace("\n", "\r\n"))


def modes_and_links(repository: Repository) -> None:
    repository.write("pkg/run", "#!/bin/sh\n")
    os.chmod(repository.path("pkg/run"), 0o755)
    os.symlink("a.py", repository.path("pkg/link"))
    os.chmod(repository.path(TOUCHED), 0o755)
    repository.commit("a program and a link")
    os.unlink(repository.path("pkg/link"))
    os.symlink("run", repository.path("pkg/link"))


def packed(repository: Repository) -> None:
    repository.git("branch", "autonomous-other")
    repository.git("pack-refs", "--all")
    repository.git("repack", "-adq")


def odd_encoding(repository: Repository) -> None:
    repository.git("config", "i18n.commitEncoding", "ISO-8859-1")
    repository.write(b"caf\xe9.txt", "name that is not UTF-8\n")


def linked(repository: Repository) -> None:
    repository.git("worktree", "add", "-q", "-b", "linked", str(repository.root.parent / "linked"))
    repository.root = repository.root.parent / "linked"
    repository.write("f0.txt", "dirt in the linked one\n")


def worktree_of_a_bare_one(repository: Repository) -> None:
    bare, root = repository.root.parent / "bare.git", repository.root.parent / "its worktree"
    repository.git("clone", "-q", "--bare", str(repository.root), str(bare))
    repository.git("worktree", "add", "-q", str(root), "main", cwd=bare)
    repository.root = root


ODD: dict[str, Callable[[Repository], None]] = {
    "clean": lambda _: None,
    "dirty tree": dirty_tree,
    "staged hunks and a stash": staged_hunks,
    "intent to add": intent_to_add,
    "deleted, not staged": deleted_not_staged,
    "submodule with dirt": submodule_with_dirt,
    "filters of an untrusted repository": large_files,
    "sparse cone": sparse_cone,
    "sparse cone without the touched file": sparse_without_the_touched,
    "linked worktree": linked,
    "rebase in progress": rebase_stopped,
    "merge in progress": merge_stopped,
    "detached HEAD": detached,
    "unborn HEAD": unborn,
    ".git is a file": separate_git_dir,
    "worktree of a bare repository": worktree_of_a_bare_one,
    "CRLF on disk": line_ends,
    "programs and links": modes_and_links,
    "packed refs and objects": packed,
    "another encoding": odd_encoding,
}
