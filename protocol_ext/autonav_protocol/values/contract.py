"""What one task may touch."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scope:
    """Lists of gitignore-style globs, relative to the worktree root.

    Within a list the last matching line wins and `!` negates. Across lists
    never > read_only > generated > create > edit > symbols. `edit` covers creating and deleting
    files under its globs unless `create` is given. A line of `symbols` is `PATH::NAME`: of files
    that no other list allows, only that symbol and what it holds may change.
    """

    edit: tuple[str, ...] = ()
    create: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    generated: tuple[str, ...] = ()


@dataclass(frozen=True)
class Budget:
    """What a task may come to, None for no limit.

    Generated files are not counted among files and changed lines. `minutes` run from its start, and `runs` counts
    how often the tests were run or searched for a fix.
    """

    files: int | None = None
    lines: int | None = None
    minutes: int | None = None
    runs: int | None = None


@dataclass(frozen=True)
class Contract:
    """A task in a person's words and the scope they granted.

    `base` is the commit it started on, `validate` the commands that prove it, as argv lists, and
    `expires` the time, ISO 8601, after which it no longer allows anything, "" for never.
    """

    slug: str
    task: str
    scope: Scope = field(default_factory=Scope)
    base: str = ""
    validate: tuple[tuple[str, ...], ...] = ()
    budget: Budget = field(default_factory=Budget)
    expires: str = ""


@dataclass(frozen=True)
class ContractText:
    """The file of a contract as an editor shows it, perhaps unsaved.

    `image` is the BLAKE3 of what is on disk, "" where it is gone. `files` are the paths of the
    worktree; `others` maps the tasks active in other worktrees of the repository to their `edit` globs.
    """

    path: str
    slug: str
    text: str
    image: str = ""
    files: tuple[str, ...] = ()
    others: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class ScopeRequest:
    """A program asked that the active task may touch more, and why; a person decides."""

    id: str
    globs: tuple[str, ...]
    reason: str
    surface: str
    at: str
