"""What one task may touch."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scope:
    """Lists of gitignore-style globs, relative to the worktree root.

    Within a list the last matching line wins and `!` negates. Across lists
    never > read_only > generated > create > edit. `edit` covers creating and deleting
    files under its globs unless `create` is given.
    """

    edit: tuple[str, ...] = ()
    create: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    generated: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contract:
    """A task in a person's words and the scope they granted; `base` is the commit it started on."""

    slug: str
    task: str
    scope: Scope = field(default_factory=Scope)
    base: str = ""


@dataclass(frozen=True)
class ContractText:
    """The file of the active contract as an editor shows it, perhaps unsaved.

    `image` is the BLAKE3 of what is on disk, "" where it is gone.
    """

    path: str
    slug: str
    text: str
    image: str = ""
