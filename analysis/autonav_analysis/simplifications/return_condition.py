"""Return what a condition says instead of True or False by it."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.simplification import CONSTRUCTED, Change, Simplification
from autonav_analysis.syntax.python_branches import choices, is_truth, negated, returned
from autonav_analysis.syntax.python_layout import fits, has_comment
from autonav_analysis.syntax.python_nodes import text


def propose(site: Site) -> Iterator[Change]:
    """Yield each choice between True and False: the condition where it is one of them, else `not` or `bool` of it."""
    for choice in choices(site):
        first, second = returned(choice.first), returned(choice.second)
        if first is None or second is None or has_comment(site, (choice.start, choice.end)):
            continue
        if (first.type, second.type) == ("true", "false"):
            if not is_truth(choice.condition) and b"bool" in site.names:
                continue
            own = text(site, choice.condition)
            value = own if is_truth(choice.condition) else b"bool(" + own + b")"
        elif (first.type, second.type) == ("false", "true"):
            value = negated(site, choice.condition)
            if not value.startswith(b"not ") and not is_truth(choice.condition):
                value = b"not (" + text(site, choice.condition) + b")"
            if choice.condition.type == "not_operator":
                continue
        else:
            continue
        if fits(site, choice.first, b"return " + value):
            yield Change((Replacement(choice.start, choice.end, b"return " + value),))


SIMPLIFICATION = Simplification(
    name="return_condition",
    title="Return what a condition says",
    proof=CONSTRUCTED,
    before="def f(a, b):\n    if a in b or b is None:\n        return True\n    return False\n",
    after="def f(a, b):\n    return a in b or b is None\n",
    propose=propose,
)
