"""What a toolchain is: how a project's tests are run and reported."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tests:
    """How the tests of one worktree are run.

    `argv` runs all of them; ids are appended. `readable` are the paths the interpreter needs;
    `python_path` are folders below the root that its imports start from.
    """

    argv: tuple[str, ...]
    readable: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    python_path: tuple[str, ...] = ()
    is_test_file: Callable[[str], bool] = lambda _: False


@dataclass(frozen=True)
class Toolchain:
    """A toolchain. `detect` takes the root and the settings' interpreter; it returns None where it does not apply."""

    name: str
    detect: Callable[[str, str | None], Tests | None]
    is_test_file: Callable[[str], bool]
    suffixes: Sequence[str]
