"""Use another attribute of the same file."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, put
from autonav_analysis.syntax.python_scope import likeliest_members

COUNTERPARTS = (
    (b"split", b"rsplit", b"splitlines", b"partition", b"rpartition"),
    (b"strip", b"lstrip", b"rstrip"),
    (b"find", b"rfind", b"index", b"rindex"),
    (b"get", b"pop", b"setdefault", b"getlist"),
    (b"append", b"extend", b"insert", b"add", b"update"),
    (b"match", b"search", b"fullmatch", b"findall", b"finditer"),
    (b"startswith", b"endswith"),
    (b"keys", b"values", b"items"),
    (b"lower", b"upper", b"casefold", b"title"),
    (b"remove", b"discard", b"pop"),
    (b"isdigit", b"isdecimal", b"isnumeric", b"isalnum"),
    (b"seconds", b"total_seconds"),
)


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each attribute replaced by its known counterparts, then by the attributes of the file, those most alike first."""
    names = (node.child_by_field_name("attribute") for node in nodes(site, "attribute"))
    for name, other in likeliest_members(names, COUNTERPARTS, site.attributes):
        yield put(name, other)


REWRITE = Rewrite(
    name="replace_attribute",
    title="Use another attribute of the same file",
    language="python",
    weight=2,
    before="def f(self):\n    self.upper = 1\n    return self.lower\n",
    after="def f(self):\n    self.upper = 1\n    return self.upper\n",
    propose=propose,
    cap=400,
    everywhere=True,
    outside=True,
)
