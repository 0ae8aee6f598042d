"""AN711: an error is caught and dropped."""

import re
from collections.abc import Iterator

from tree_sitter import Node, Tree

from autonav_analysis.audit.paths import is_source, is_tooling
from autonav_analysis.audit.tests_findings import added_rows, before_after, finding, hunk_back, on_added_line
from autonav_analysis.audit.tests_syntax import COMMENTS, captures, inside, on_one_line, text_of
from autonav_analysis.audit.trees import tree_of
from autonav_analysis.rule import Rule
from autonav_analysis.syntax.grammars import language_for
from autonav_protocol.values.audit import AuditedFile
from autonav_protocol.values.finding import Finding, Severity

CATCH = "(catch_clause) @handler"
QUERIES = {"python": "(except_clause) @handler", "javascript": CATCH, "typescript": CATCH, "tsx": CATCH}
ANY = re.compile(r"except(\s+\(?\s*(Exception|BaseException)\b.*?)?\s*:", re.DOTALL)
BOUND = re.compile(r"except[^:]*\bas (\w+)")
DROPPING = frozenset(("pass_statement", "continue_statement", "return_statement"))


def check(file: AuditedFile) -> Iterator[Finding]:
    """Yield one finding for each handler more than before that drops any error, outside of tests."""
    language = language_for(file.path)
    if language is None or language.name not in QUERIES or not is_source(file.path) or is_tooling(file.path):
        return
    word = b"except" if language.name == "python" else b"catch"
    if word not in (file.after or b""):
        return
    tree = tree_of(file.path, file.after)
    added = [each for each in _dropping(language.name, tree, added_rows(file)) if on_added_line(file, each)]
    if not added:
        return
    more = len(_dropping(language.name, tree)) - len(_dropping(language.name, tree_of(file.path, file.before)))
    for handler in added[: max(0, more)]:
        line = handler.start_point[0] + 1
        shown = on_one_line(handler)
        yield finding(
            ("AN711", "swallowed-exception"),
            Severity.INFORMATION,
            file,
            line,
            f"any error is dropped here: `{shown[:80]}`; catch the one that is meant, or let it be seen",
            about=(on_one_line(handler.parent),),
            fixes=(hunk_back(file, 0, line),),
            evidence=before_after([("", shown)]),
        )


def _dropping(language: str, tree: Tree | None, rows: tuple[int, int] | None = None) -> list[Node]:
    if tree is None:
        return []
    drops = _drops if language == "python" else _is_empty
    found = captures(language, QUERIES[language], tree.root_node, rows)
    return [each for each in found.get("handler", []) if drops(each)]


def _drops(handler: Node) -> bool:
    """Return whether a handler catches everything and does nothing with it."""
    text, block = text_of(handler), handler.named_children[-1]
    if not ANY.match(text) or block.type != "block" or any(each.type == "raise_statement" for each in inside(block)):
        return False
    bound = BOUND.match(text)
    if bound and re.search(rf"\b{bound[1]}\b", text_of(block)):
        return False
    statements = [each for each in block.named_children if each.type not in COMMENTS]
    return all(each.type in DROPPING or text_of(each) == "..." for each in statements)


def _is_empty(handler: Node) -> bool:
    body = handler.child_by_field_name("body")
    return body is not None and all(each.type in COMMENTS for each in body.named_children)


RULE = Rule(
    code="AN711",
    slug="swallowed-exception",
    severity=Severity.INFORMATION,
    summary="An error is caught and dropped.",
    what=(
        "A handler of any error (`except:`, `except Exception:`, an empty `catch`) is new outside of tests, and does nothing "
        "but pass, continue or return. Handlers that were there before and moved are not counted."
    ),
    why="What goes wrong is no longer seen, by tests or by anyone.",
    example=(
        "```console\n$ autonav check\nsrc/cart.py:9: information AN711 any error is dropped here: `except Exception: return "
        "None`; catch the one that is meant, or let it be seen\n```"
    ),
    resolve=(
        "- *Put this hunk back* (`autonav put-back PATH --lines LINE`).\n- Catch the error that is meant.\n- `autonav: allow "
        "AN711 REASON` in a comment above."
    ),
    check=check,
    subject=AuditedFile,
)
