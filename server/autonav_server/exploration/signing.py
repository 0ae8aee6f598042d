"""Whether the person's commits are signed, and that signing runs no program an untrusted repository names."""

from autonav_protocol.errors import BadRequest, Refused
from autonav_server.worktree.worktree import Worktree

OURS = ("command", "false")
"""Every git call of ours carries `commit.gpgSign=false`, last; what stands before it is the person's."""

PROGRAMS = r"^gpg\.((openpgp|x509|ssh)\.)?program$|^gpg\.ssh\.defaultkeycommand$"
REPOSITORY = ("local", "worktree")
"""The scopes of settings that come with a repository."""


def signs_commits(worktree: Worktree, *, trusted: bool) -> bool:
    """Return whether `git commit` would sign here.

    Raises Refused where that would run a program which the settings of an untrusted repository
    name, and BadRequest where the setting is no boolean.
    """
    asked = worktree.git("config", "--show-scope", "--type=bool", "-z", "--get-all", "commit.gpgSign", check=False)
    if asked.returncode > 1:
        words = " ".join(asked.stderr.decode("utf-8", "replace").split())
        raise BadRequest(f"git does not understand commit.gpgSign: {words}", "git config commit.gpgSign true or false")
    settings = _pairs(asked.stdout)
    if settings[-1:] == [OURS]:
        settings.pop()
    if not settings or settings[-1][1] != "true":
        return False
    named = worktree.git("config", "--show-scope", "--name-only", "-z", "--get-regexp", PROGRAMS, check=False)
    theirs = [name for scope, name in _pairs(named.stdout) if scope in REPOSITORY]
    if theirs and not trusted:
        raise Refused(
            f"commits are signed here by a program that this repository names ({theirs[0]})", "trust it: autonav trust"
        )
    return True


def _pairs(listed: bytes) -> list[tuple[str, str]]:
    words = listed.decode("utf-8", "replace").split("\0")
    return list(zip(words[::2], words[1::2], strict=False))
