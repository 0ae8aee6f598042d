"""The one way git is run: argv lists, no locks, no hooks, no file system monitor, no code of the repository's.

An untrusted repository can otherwise run its own programs through `git status`
(`core.fsmonitor`), and a plain `git diff` rewrites the person's index.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from autonav_protocol.errors import Internal, Unavailable

_NEUTRAL = (
    "-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0",
    "-c", "core.pager=cat", "-c", "advice.addEmbeddedRepo=false", "-c", "commit.gpgSign=false",
    "-c", "submodule.recurse=false", "-c", "core.untrackedCache=false",
)  # fmt: skip
_UNSET = (
    "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES",
)  # fmt: skip


@dataclass(frozen=True)
class Git:
    """git in one folder. `environment` is added to every call (a private index, for instance)."""

    root: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(
        self, *argv: str, stdin: bytes | None = None, check: bool = True, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run `git ARGV`; raise Internal with git's own words when it fails and `check` is set."""
        try:
            done = subprocess.run(
                ["git", *_NEUTRAL, *argv],
                cwd=self.root,
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                env={**_environment(), **self.environment, **(env or {})},
                check=False,
            )
        except FileNotFoundError as error:
            if shutil.which("git") is None:
                raise Unavailable("git is not installed", "install git 2.38 or newer") from error
            raise Unavailable(f"{self.root} is not a folder any more") from error
        if check and done.returncode:
            words = done.stderr.decode("utf-8", "replace").strip()
            raise Internal(f"git {argv[0]} failed: {words[:400]}")
        return done

    def text(self, *argv: str, stdin: bytes | None = None, check: bool = True) -> str:
        """Run git and return what it printed; bytes that are not UTF-8 become lone surrogates."""
        return os.fsdecode(self(*argv, stdin=stdin, check=check).stdout)

    def line(self, *argv: str) -> str:
        """Run git and return its one line, "" when it fails."""
        return self.text(*argv, check=False).strip()

    def with_env(self, **environment: str) -> "Git":
        """Return this git with more environment."""
        return Git(self.root, {**self.environment, **environment})


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _UNSET}
    return {
        **kept,
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
