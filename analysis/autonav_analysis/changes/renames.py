"""Hunks that do nothing but rename what the change itself declares.

A name is believed to be renamed only where all of this holds: the change declares it and uses it, it is gone from the
file and was new to it, no text names it, and nobody else decides what it means. So never a module, a keyword, a member
of an object that is not this one, a parameter where callers may name it, a test, nor what another file declares.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tree_sitter import Node

from autonav_analysis.audit.paths import is_test
from autonav_analysis.audit.trees import tree_of
from autonav_analysis.changes.flattening import Flat, text_around
from autonav_analysis.language import Language
from autonav_protocol.values.change import Hunk

NAMES = frozenset(
    {"identifier", "type_identifier", "property_identifier", "private_property_identifier", "field_identifier"}
)
MEMBER_FIELDS = ("attribute", "property", "field")
NEVER_FIELDS = ("key", "label", "module_name", "source", "path", "operand")
SELVES = (b"self", b"cls", b"this")
PATTERNS = frozenset({
    "pattern_list", "tuple_pattern", "list_pattern", "expression_list", "mut_pattern", "pointer_declarator",
    "typed_parameter", "variable_list",
})  # fmt: skip
NAMED_BY_CALLERS = ("python", "kotlin", "c_sharp", "php", "ruby")
NEVER = ("bash",)
"""A shell's variables reach the programs that it runs."""

DECLARING = re.compile(
    r"(definition|declaration|declarator|_item|parameters?|_spec|range_clause|for_in_clause|assignment|for_statement"
    r"|for_in_statement|for_expression|named_expression|short_var_declaration)$"
)
DEFINING = re.compile(r"function|method|class|struct|interface|enum|trait|constructor")
FUNCTION = re.compile(r"function_(definition|declaration|item|expression)|method|lambda|closure|func_literal|arrow")
CLASS = re.compile(r"^(class|impl|trait|interface|struct|enum|object)")

Pair = tuple[str, str]


class Renaming(NamedTuple):
    """The names that differ in one hunk: those that it declares (at the top of its file or not), uses, imports."""

    top: frozenset[Pair]
    local: frozenset[Pair]
    used: frozenset[Pair]
    imported: frozenset[Pair]

    @property
    def pairs(self) -> frozenset[Pair]:
        """All of them."""
        return self.top | self.local | self.used | self.imported


def renaming_of(language: Language, path: str, was: Flat, now: Flat) -> Renaming | None:
    """Return the names in which two sides differ; None where anything else does, or a name may not be renamed."""
    if language.name in NEVER or len(was.tokens) != len(now.tokens):
        return None
    found: dict[str, set[Pair]] = {"top": set(), "local": set(), "used": set(), "imported": set()}
    for old, new in zip(was.tokens, now.tokens, strict=True):
        if old.place != new.place or (old.text != new.text and old.kind not in NAMES):
            return None
        if old.text == new.text:
            continue
        pair = old.text.decode("utf-8", "replace"), new.text.decode("utf-8", "replace")
        role = _role(language, path, old.node, pair)
        if role is None or _role(language, path, new.node, pair) != role or not _alike(language, pair):
            return None
        found[role].add(pair)
    return Renaming(**{role: frozenset(pairs) for role, pairs in found.items()}) if any(found.values()) else None


def renamed(
    candidates: Mapping[tuple[str, Hunk], Renaming], texts: Mapping[str, tuple[bytes, bytes]]
) -> Iterator[tuple[str, Hunk]]:
    """Yield the candidates all of whose names are renamed, by what all of them and the texts say."""
    by_file: dict[str, list[Renaming]] = {}
    for (path, _), each in candidates.items():
        by_file.setdefault(path, []).append(each)
    top = {pair for each in candidates.values() for pair in each.top}
    shared = {pair for each in candidates.values() for pair in each.imported} & top
    accepted = {path: set(_accepted(each, shared, path, texts[path])) for path, each in by_file.items()}
    # A name that two files rename differently, or that one of them does not believe, is believed nowhere.
    refused = {pair for path, each in by_file.items() for one in each for pair in one.pairs - accepted[path]}
    for (path, hunk), each in candidates.items():
        if each.pairs and each.pairs <= accepted[path] - refused:
            yield path, hunk


def _accepted(
    renamings: Iterable[Renaming], shared: set[Pair], path: str, texts: tuple[bytes, bytes]
) -> Iterator[Pair]:
    """Yield the pairs of one file that hold; `shared` are those that one file declares and another imports."""
    listed = list(renamings)
    pairs = {pair for each in listed for pair in each.pairs}
    declared = {pair for each in listed for pair in each.top | each.local}
    used = {pair for each in listed for pair in each.used}
    for old, new in (declared & used) | (pairs & shared):
        if sum(old == each for each, _ in pairs) > 1 or sum(new == each for _, each in pairs) > 1:
            continue
        if not _names(texts[1], old) and not _names(texts[0], new) and not _is_named_in_text(path, texts[0], old):
            yield old, new


def _names(text: bytes, name: str) -> bool:
    return re.search(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])", text) is not None


def _is_named_in_text(path: str, text: bytes, name: str) -> bool:
    """Return whether a text on one line holds a name: it may be looked up by it."""
    tree = tree_of(path, text)
    for found in re.finditer(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])", text):
        node = tree.root_node.descendant_for_byte_range(found.start(), found.end()) if tree is not None else None
        held = text_around(node) if node is not None else None
        if node is None or (held is not None and held.start_point[0] == held.end_point[0]):
            return True
    return False


def _alike(language: Language, pair: Pair) -> bool:
    """Return whether both names mean the same by their form: private, special, a test, exported by Go."""
    old, new = pair
    if any(each.startswith("__") or each.lower().lstrip("_").startswith("test") for each in pair):
        return False
    if (old[0] in "_#") != (new[0] in "_#"):
        return False
    return language.name != "go" or old[0].isupper() == new[0].isupper()


def _role(language: Language, path: str, node: Node, pair: Pair) -> str | None:
    """Return what a name is here, as a field of Renaming; None where it is not ours to rename."""
    holder, field = _held(node)
    if holder is None or field in NEVER_FIELDS:
        return None
    if holder.type in ("import_specifier", "import_from_statement") or (
        holder.type == "dotted_name" and holder.parent is not None and holder.parent.type == "import_from_statement"
    ):
        is_module = holder.type == "dotted_name" and holder.parent and _field(holder.parent, holder) != "name"
        return None if is_module else "imported"
    if _is_foreign(holder, field, node, pair):
        return None
    if field not in ("name", "left", "pattern", "declarator", "parameter", "") or not DECLARING.search(holder.type):
        return "used"
    if field == "" and "parameters" not in holder.type:
        return "used"
    return _declared(language, path, holder, field, pair)


def _is_foreign(holder: Node, field: str, node: Node, pair: Pair) -> bool:
    """Return whether somebody else decides what this name means: a keyword, a member of another object."""
    if field in MEMBER_FIELDS or (holder.type == "navigation_expression" and _field(holder, node) != "expression"):
        first = holder.children[0] if holder.children else None
        return first is None or (first.text or b"") not in SELVES or not all(each[0] in "_#" for each in pair)
    if field == "method" or (holder.type.endswith("_invocation") and field == "name"):
        return holder.child_by_field_name("object") is not None or holder.child_by_field_name("receiver") is not None
    return holder.type in (
        "keyword_argument", "shorthand_field_initializer", "field_initializer", "scoped_identifier", "dotted_name",
        "aliased_import", "qualified_identifier", "field_designator", "label_statement", "labeled_statement", "literal_element",
        "export_specifier",
    )  # fmt: skip


def _declared(language: Language, path: str, holder: Node, field: str, pair: Pair) -> str | None:
    is_definition = field in ("name", "declarator") and bool(DEFINING.search(holder.type))
    is_parameter = "parameter" in holder.type
    around = holder.parent if is_definition else holder
    while around is not None and not FUNCTION.search(around.type) and not CLASS.search(around.type):
        around = around.parent
    private = all(each[0] in "_#" for each in pair)
    if is_parameter and language.name in NAMED_BY_CALLERS and not private:
        return None if around is None or "lambda" not in around.type else "local"
    if around is not None and FUNCTION.search(around.type):
        return "local"
    if is_definition and is_test(path):
        return None  # found by its name
    if around is not None:
        return "local" if private else None
    return "top"


def _held(node: Node) -> tuple[Node | None, str]:
    """Return what holds a name, patterns around it left out, and as what."""
    holder = node.parent
    while holder is not None and holder.type in PATTERNS and holder.parent is not None:
        node, holder = holder, holder.parent
    return holder, _field(holder, node) if holder is not None else ""


def _field(holder: Node, node: Node) -> str:
    for index, child in enumerate(holder.children):
        if child == node:
            return holder.field_name_for_child(index) or ""
    return ""
