"""A change with its texts: what rules about content look at."""

from dataclasses import dataclass

from autonav_protocol.values.change import Change, FileChange
from autonav_protocol.values.licence import PackageLicence


@dataclass(frozen=True)
class AuditedFile:
    """A changed file and its texts as git keeps them, None where it is absent.

    There is none for what is binary, no plain file, or larger than a person reads.
    """

    change: FileChange
    before: bytes | None
    after: bytes | None

    @property
    def path(self) -> str:
        """Where it lies, relative to the root of the worktree."""
        return self.change.path


@dataclass(frozen=True)
class Surroundings:
    """What the rest of the worktree says that the texts of a change do not.

    `dependencies` are the packages that manifests and locks of the base name, as `ecosystem:name`, `licences`
    those of the packages that the change adds, and `notices` which of the licence notices that it adds, in lower
    case, stand elsewhere. `closing` says that the task is looked at as a whole, not while it is worked on.
    `red_old_tests` are the tests of the base that were run on these very files and failed, by the names of the run.
    """

    dependencies: frozenset[str] = frozenset()
    licences: tuple[PackageLicence, ...] = ()
    notices: frozenset[str] = frozenset()
    closing: bool = False
    red_old_tests: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Audit:
    """A whole change with the texts of its files, by path."""

    change: Change
    files: tuple[AuditedFile, ...]
    surroundings: Surroundings = Surroundings()


@dataclass(frozen=True)
class Part(Audit):
    """Some files of a large change, told about before the rest is read; its `change` holds these files alone."""
