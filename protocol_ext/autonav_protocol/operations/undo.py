"""Undo the last thing AutoNav wrote."""

from autonav_protocol.operation import Effect, Operation, Params, Result, option


class UndoParams(Params):
    """Undo the last put back (or the moment named), byte for byte, modes and links included.

    Refused where a file has changed since; an undo can itself be undone.
    """

    moment: int | None = option("The moment to undo; the last one by default.", None, metavar="N", ge=1)


class UndoResult(Result):
    """What was written."""

    undone: int
    paths: tuple[str, ...]
    moment: int


OPERATION = Operation("undo", "Undo the last write", UndoParams, UndoResult, Effect.WORKSPACE)
