"""Whether a contract allows a change of one path, and which line of it decides."""

from typing import NamedTuple

from autonav_analysis.contracts.globs import deciding_glob
from autonav_protocol.values.change import Change, ChangeKind, FileChange
from autonav_protocol.values.contract import Scope

SEPARATOR = "::"


class Decision(NamedTuple):
    """Whether the change is allowed. `list_name` and `glob` name what decided; both are "" when nothing matched.

    Where single symbols of the path are allowed, `list_name` is `symbols` and `symbols` names them.
    """

    allowed: bool
    list_name: str
    glob: str
    symbols: tuple[str, ...] = ()


def decide(scope: Scope, protected: tuple[str, ...], path: str, kind: ChangeKind) -> Decision:
    """Return the decision on `path`: protected > never > read_only > generated > create > edit > symbols."""
    refusing = (("protected", protected), ("never", scope.never), ("read_only", scope.read_only))
    for name, globs in refusing:
        if glob := deciding_glob(globs, path):
            return Decision(False, name, glob)
    allowing = [("generated", scope.generated)]
    if kind is ChangeKind.ADDED and scope.create:
        allowing.append(("create", scope.create))
    else:
        allowing.append(("edit", scope.edit))
    for name, globs in allowing:
        if glob := deciding_glob(globs, path):
            return Decision(True, name, glob)
    symbols = symbols_of(scope, path)
    if symbols and kind is ChangeKind.MODIFIED:
        return Decision(True, "symbols", f"{path}{SEPARATOR}{symbols[0]}", symbols)
    return Decision(False, "", "")


def decide_file(change: Change, file: FileChange) -> Decision:
    """Return the decision on one changed file, what it touched in it included."""
    decision = decide(change.contract.scope, change.protected, file.path, file.kind)
    if decision.symbols and symbols_outside(decision.symbols, file):
        return decision._replace(allowed=False)
    return decision


def symbols_of(scope: Scope, path: str) -> tuple[str, ...]:
    """Return the symbols of a path that the scope names."""
    named = (line.partition(SEPARATOR) for line in scope.symbols)
    return tuple(name for where, _, name in named if name and where.removeprefix("/") == path)


def symbols_outside(allowed: tuple[str, ...], file: FileChange) -> tuple[tuple[str, int], ...]:
    """Return the touched symbols that are none of those allowed, nor inside of one."""
    return tuple(
        (name, line)
        for name, line in file.symbols
        if not any(name == each or name.startswith(f"{each}.") for each in allowed)
    )
