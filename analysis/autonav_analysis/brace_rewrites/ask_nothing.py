"""Tell no value from an empty one."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import forms_of, nodes, operations, questions
from autonav_analysis.syntax.python_nodes import put, text

LOOSE = {b"===": b"==", b"!==": b"!=", b"==": b"===", b"!=": b"!=="}


def propose(site: Site) -> Iterator[Replacement]:
    """Yield truth turned into a question for a value and back, and one word for none by the other."""
    forms = forms_of(site)
    before, after = forms.length
    for node in questions(site) if forms.fallbacks else ():
        old = text(site, node)
        if node.type in ("identifier", *forms.members, *forms.calls, *forms.subscripts):
            yield from (put(node, old + b" " + forms.unequal + b" " + word) for word in forms.nothing)
            yield put(node, old + b" != null")
            yield put(node, before + old + after + b" > 0")
        elif node.type == "unary_expression" and old.startswith(b"!"):
            yield from (put(node, old[1:] + b" " + forms.equal + b" " + word) for word in forms.nothing)
            yield put(node, old[1:] + b" == null")
            yield put(node, before + old[1:] + after + b" === 0")
    for node, operator in operations(site, *LOOSE):
        left, right = node.named_children[0], node.named_children[-1]
        if text(site, right) not in forms.nothing:
            continue
        equal = operator.text in (b"===", b"==")
        value = text(site, left)
        yield put(node, before + value + after + (b" " + forms.equal + b" 0" if equal else b" > 0"))
        if forms.fallbacks:
            yield put(node, (b"!" if equal else b"") + value)
            yield put(operator, LOOSE[operator.text or b""])
            yield from (put(right, word) for word in forms.nothing if word != text(site, right))
    for node in nodes(site, "binary_expression") if forms.fallbacks else ():
        operator = node.child_by_field_name("operator")
        if operator is not None and operator.text in forms.fallbacks:
            yield from (put(operator, other) for other in forms.fallbacks if other != operator.text)


REWRITE = Rewrite(
    name="ask_nothing",
    title="Tell no value from an empty one",
    language="javascript",
    weight=3,
    before="function f(a) {\n  if (a) {\n    return 1;\n  }\n}\n",
    after="function f(a) {\n  if (a !== undefined) {\n    return 1;\n  }\n}\n",
    propose=propose,
    everywhere=True,
    also=("typescript", "tsx", "go"),
)
