"""Reading the texts of a change, before and after, in one run of git."""

from collections.abc import Iterable, Mapping, Sequence

from autonav_protocol.values.audit import AuditedFile
from autonav_protocol.values.change import Entry, FileChange
from autonav_server.worktree.git import Git
from autonav_server.worktree.snapshot import plain_git
from autonav_server.worktree.worktree import Worktree

MOST_BYTES = 1 << 20
"""What is larger is data, or made by a program."""

PLAIN = ("100644", "100755")


def audited_files(worktree: Worktree, files: Sequence[FileChange]) -> tuple[AuditedFile, ...]:
    """Return those of the changed files that are texts a person reads, in the order given."""
    return texts_of(plain_git(worktree), files)


def texts_of(git: Git, files: Sequence[FileChange]) -> tuple[AuditedFile, ...]:
    """Return the same of a repository whose objects `git` reads."""
    plain = [file for file in files if not file.binary and all(map(_is_plain, (file.before, file.after)))]
    wanted = {entry.oid for file in plain for entry in (file.before, file.after) if entry}
    texts = blobs(git, sorted(wanted))
    return tuple(
        AuditedFile(file, _text(file.before, texts), _text(file.after, texts))
        for file in plain
        if all(entry is None or entry.oid in texts for entry in (file.before, file.after))
    )


def _is_plain(entry: Entry | None) -> bool:
    return entry is None or entry.mode in PLAIN


def _text(entry: Entry | None, texts: Mapping[str, bytes]) -> bytes | None:
    return texts[entry.oid] if entry else None


def blobs(git: Git, oids: Sequence[str]) -> dict[str, bytes]:
    """Return the blobs that are there, not too large and without NUL."""
    sizes = git("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=_lines(oids)).stdout.splitlines()
    known = [row.split() for row in sizes]
    small = [oid.decode() for oid, size in known if size.isdigit() and int(size) <= MOST_BYTES]
    data = git("cat-file", "--batch=%(objectsize)", stdin=_lines(small)).stdout
    found: dict[str, bytes] = {}
    at = 0
    for oid in small:
        end = data.index(b"\n", at)
        start, at = end + 1, end + 1 + int(data[at:end]) + 1
        text = data[start : at - 1]
        if b"\0" not in text:
            found[oid] = text
    return found


def _lines(oids: Iterable[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in oids).encode()
