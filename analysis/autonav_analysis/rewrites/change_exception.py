"""Catch or raise another exception."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, put, text
from autonav_analysis.syntax.python_scope import scope

ERRORS = (
    b"ValueError", b"TypeError", b"KeyError", b"AttributeError", b"IndexError", b"OverflowError", b"OSError",
    b"UnicodeError", b"UnicodeDecodeError", b"RecursionError", b"StopIteration", b"ImportError", b"RuntimeError",
    b"NotImplementedError", b"Exception",
)  # fmt: skip


def propose(site: Site) -> Iterator[Replacement]:
    """Yield except clauses that catch one exception more or another one, and raises of another exception."""
    own = [each for each in scope(site).classes if each.endswith((b"Error", b"Exception"))][:6]
    others = list(dict.fromkeys((*own, *ERRORS)))
    for node in nodes(site, "except_clause"):
        kinds = [each for each in node.named_children if each.type not in ("block", "comment", "as_pattern")]
        kinds += [each.named_children[0] for each in node.named_children if each.type == "as_pattern"]
        for kind in kinds[:1]:
            inner = text(site, kind).strip(b"()").rstrip(b", ")
            for other in others:
                if other not in inner:
                    yield put(kind, b"(" + inner + b", " + other + b")")
                    yield put(kind, other)
        if not kinds:
            at = node.children[0].end_byte
            yield from (Replacement(at, at, b" " + other) for other in others)
    for node in nodes(site, "raise_statement"):
        for call in node.named_children[:1]:
            named = call.child_by_field_name("function") if call.type == "call" else call
            if named is not None:
                yield from (put(named, other) for other in others if other != text(site, named))
            yield Replacement(call.end_byte, call.end_byte, b" from None")


REWRITE = Rewrite(
    name="change_exception",
    title="Catch or raise another exception",
    language="python",
    weight=3,
    before="def f(a):\n    try:\n        a.close()\n    except ValueError:\n        pass\n",
    after="def f(a):\n    try:\n        a.close()\n    except (ValueError, TypeError):\n        pass\n",
    propose=propose,
    cap=300,
)
