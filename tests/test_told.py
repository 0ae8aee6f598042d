"""What an editor is told again, as tables of what is wanted and what is open."""

from lsprotocol import types

from autonav_server.lsp.told import Told

FINDING = types.Diagnostic(range=types.Range(types.Position(0, 0), types.Position(0, 1)), message="found")
FORGET = "forget"


def told(*steps: tuple[list[types.Diagnostic], dict[str, int | None]] | str) -> list[int | None]:
    """Return for each step how many diagnostics were told, None where nothing was."""
    editor, found = Told(), []
    for step in steps:
        if isinstance(step, str):
            editor.forget("u")
            continue
        params = list(editor.due({"u": step[0]} if step[0] else {}, step[1]))
        found.append(len(params[0].diagnostics) if params else None)
    return found


def test_told() -> None:
    closed, typed = {"u": None}, {}
    assert told(([], closed), ([FINDING], closed), ([FINDING], closed), ([], closed)) == [None, 1, None, 0]
    assert told(([FINDING], {"u": 1}), ([FINDING], {"u": 2}), ([FINDING], {"u": 2})) == [1, 1, None], "reread"
    assert told(([FINDING], {"u": 1}), ([FINDING], typed), ([FINDING], closed)) == [1, None, 1], "typed, then closed"
    assert told(([FINDING], {"u": 1}), FORGET, ([FINDING], {"u": 1}), ([FINDING], {"u": 1})) == [1, 1, None], "reopened"
    assert told(([FINDING], {"u": 1}), FORGET, ([FINDING], typed), ([FINDING], typed)) == [1, 1, None]
    assert told(([FINDING], {"u": 1}), FORGET, ([], {"u": 1})) == [1, 0], "reopened as it was put back"
    assert told(FORGET, ([], closed)) == [None]
