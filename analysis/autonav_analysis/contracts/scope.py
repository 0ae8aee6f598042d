"""Whether a contract allows a change of one path, and which line of it decides."""

from typing import NamedTuple

from autonav_analysis.contracts.globs import deciding_glob
from autonav_protocol.values.change import ChangeKind
from autonav_protocol.values.contract import Scope


class Decision(NamedTuple):
    """Whether the change is allowed. `list_name` and `glob` name what decided; both are "" when nothing matched."""

    allowed: bool
    list_name: str
    glob: str


def decide(scope: Scope, protected: tuple[str, ...], path: str, kind: ChangeKind) -> Decision:
    """Return the decision on `path`: protected > never > read_only > generated > create > edit."""
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
    return Decision(False, "", "")
