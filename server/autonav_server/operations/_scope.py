"""What the operations on a scope share: refusing globs and symbols that cannot be meant, and saying what is allowed."""

from collections.abc import Sequence

from autonav_analysis.contracts.globs import problems
from autonav_analysis.contracts.scope import SEPARATOR
from autonav_protocol.errors import BadRequest
from autonav_protocol.values.contract import Contract


def refuse_bad_globs(globs: tuple[str, ...]) -> None:
    """Raise BadRequest naming each glob that cannot be meant."""
    if bad := problems(globs):
        raise BadRequest("; ".join(f"`{each.glob}` {each.reason}" for each in bad))


def refuse_bad_symbols(symbols: Sequence[str]) -> None:
    """Raise BadRequest naming the first symbol that is not PATH::NAME."""
    if unnamed := [each for each in symbols if not all(each.partition(SEPARATOR))]:
        raise BadRequest(f"`{unnamed[0]}` is no symbol", "write PATH::NAME, as in src/x.py::Class.method")


def allowed(contract: Contract) -> str:
    """Return what a task may edit, as a sentence."""
    return f"task {contract.slug} may now edit {', '.join(contract.scope.edit) or 'nothing'}"
