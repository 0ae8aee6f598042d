"""Walking and changing the syntax of languages with braces, for their rewrites; what differs is in their forms."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from tree_sitter import Node

from autonav_analysis.forms import Forms
from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.syntax.grammars import languages, load, parse
from autonav_analysis.syntax.python_nodes import indentation, line_end, line_start, put, text, walk
from autonav_analysis.syntax.python_scope import likeness, taken_in_turn

JUNCTIONS = (b"&&", b"||")
ASKING = frozenset(
    ("if_statement", "while_statement", "do_statement", "for_statement", "for_clause", "ternary_expression")
)
DEFINING = frozenset(
    ("function_declaration", "class_declaration", "method_definition", "import_statement", "import_declaration",
     "export_statement", "type_alias_declaration", "interface_declaration", "type_declaration")
)  # fmt: skip
TYPES = frozenset(
    ("type_annotation", "type_arguments", "type_parameters", "as_expression", "satisfies_expression", "qualified_type",
     "pointer_type", "slice_type", "map_type", "array_type", "composite_literal", "struct_type", "func_type")
)  # fmt: skip
TIGHT = frozenset(
    ("binary_expression", "unary_expression", "update_expression", "await_expression", "spread_element",
     "non_null_expression", "as_expression", "type_assertion_expression")
)  # fmt: skip
OWNERS = frozenset(
    ("member_expression", "selector_expression", "subscript_expression", "index_expression", "call_expression")
)
LONGEST, MOST_KEPT = 80, 64
COMMENT = "comment"


def forms_of(site: Site) -> Forms:
    """Return the forms of the site's language; only languages that have them are asked."""
    forms = languages()[site.language].forms
    assert forms is not None
    return forms


def nodes(site: Site, *types: str) -> Iterator[Node]:
    """Yield the nodes of these types in the function's body, or outside the bodies of functions, in the order they begin."""
    body = body_of(site.function)
    whole = site.function.type == forms_of(site).module
    waiting = [site.function] if whole else [body] if body is not None else []
    while waiting:
        node = waiting.pop()
        if not types or node.type in types:
            yield node
        inner = (
            node.child_by_field_name("body") if whole and node.child_by_field_name("parameters") is not None else None
        )
        waiting.extend(each for each in reversed(node.children) if each != inner)


def body_of(function: Node) -> Node | None:
    """Return the body of a function, or of the function that is assigned in the node."""
    for field in ("value", "right"):
        if (value := function.child_by_field_name(field)) is not None:
            return value.child_by_field_name("body")
    return function.child_by_field_name("body")


def bound_names(function: Node, forms: Forms) -> tuple[bytes, ...]:
    """Return the names that a function binds, in the order they stand: parameters first."""
    found: dict[bytes, None] = {}
    for node in walk(function):
        targets = list(node.children_by_field_name(forms.bindings.get(node.type, "-")))
        if node.type == "formal_parameters":
            targets = [each for each in node.named_children if each.type not in forms.bindings]
        for target in targets:
            for each in walk(target):
                parent = each.parent
                value = parent is not None and parent.child_by_field_name("right") == each
                plain = target.type in forms.bound or target.type.endswith(("pattern", "list"))
                if each.type in forms.bound and plain and not value and each.text and each.text != b"_":
                    found[each.text] = None
    return tuple(found)


def member_names(root: Node, forms: Forms) -> set[bytes]:
    """Return the names that are read after a dot."""
    return {
        name.text
        for node in walk(root)
        if node.type in forms.members
        and (name := node.child_by_field_name(forms.members[node.type][1])) is not None
        and name.text
    }


def operations(site: Site, *operators: bytes) -> Iterator[tuple[Node, Node]]:
    """Yield the binary operations with one of these operators, each with the node of its operator."""
    for node in nodes(site, "binary_expression"):
        operator = node.child_by_field_name("operator")
        if operator is not None and operator.text in operators:
            yield node, operator


def is_read(site: Site, node: Node) -> bool:
    """Return whether a value is used where a node stands: not a target, a name after a dot, a key, a callee or a type."""
    forms, parent = forms_of(site), node.parent
    if parent is None or parent.type in TYPES or parent.type in DEFINING:
        return False
    if parent.type == "expression_list" and parent.parent is not None and parent.parent.type in forms.bindings:
        return parent.parent.child_by_field_name(forms.bindings[parent.parent.type]) != parent
    if parent.type in ("inc_statement", "dec_statement", "update_expression", "formal_parameters", "keyed_element"):
        return False
    if parent.type == "expression_list" and parent.parent is not None and parent.parent.type == "assignment_statement":
        return parent.parent.child_by_field_name("left") != parent
    if parent.type in forms.members and parent.child_by_field_name(forms.members[parent.type][1]) == node:
        return False
    for field, types in (
        ("function", forms.calls),
        ("constructor", forms.calls),
        ("key", ("pair",)),
        ("left", ASSIGNED),
    ):
        if parent.type in types and parent.child_by_field_name(field) == node:
            return False
    return parent.child_by_field_name(forms.bindings.get(parent.type, "-")) != node


ASSIGNED = ("assignment_expression", "augmented_assignment_expression")


def values(site: Site, *types: str) -> Iterator[Node]:
    """Yield the values that are read: names, members, calls and subscripts, or nodes of these types."""
    forms = forms_of(site)
    wanted = types or ("identifier", *forms.members, *forms.calls, *forms.subscripts)
    return (node for node in nodes(site, *wanted) if is_read(site, node))


def questions(site: Site) -> Iterator[Node]:
    """Yield whatever is asked for its truth: conditions, and the operands of `&&`, `||` and `!`."""
    for node in nodes(site):
        parent = node.parent
        if parent is None or not node.is_named or node.type in (COMMENT, "parenthesized_expression"):
            continue
        bracketed = parent.type == "parenthesized_expression" and parent.parent is not None
        if asks(parent.parent, parent) if bracketed and parent.parent is not None else asks(parent, node):
            yield node


def asks(parent: Node, node: Node) -> bool:
    """Return whether a node stands where its truth is asked for."""
    if parent.type in ASKING:
        if parent.child_by_field_name("condition") == node:
            return True
        return (
            parent.type == "for_statement"
            and node.type.endswith(("_expression", "identifier"))
            and node != body_of(parent)
        )
    operator = parent.child_by_field_name("operator")
    if parent.type == "unary_expression":
        return operator is not None and operator.text == b"!"
    return parent.type == "binary_expression" and operator is not None and operator.text in JUNCTIONS


def statements(site: Site) -> Iterator[Node]:
    """Yield the statements of every block that begin their line, definitions left out."""
    for block in nodes(site, *forms_of(site).blocks):
        yield from lines_of(site, block)


def lines_of(site: Site, block: Node) -> list[Node]:
    """Return the statements of a block that begin their line, definitions left out."""
    condition = block.child_by_field_name("value")
    return [
        node
        for node in block.named_children
        if node.type not in (COMMENT, *DEFINING) and node != condition and not indentation(site, node).strip()
    ]


def placed(node: Node, new: bytes) -> Replacement:
    """Return the replacement of a value by an operation, in brackets where an operator or a dot stands around it."""
    parent = node.parent
    if parent is not None and parent.type == "non_null_expression":  # what may be none needs no word that it is not
        return placed(parent, new)
    owns = parent is not None and parent.children[0] == node and parent.type in OWNERS
    tight = parent is not None and (parent.type in TIGHT or owns)
    return put(node, b"(" + new + b")" if tight else new)


def joined(site: Site, node: Node, operator: bytes, other: bytes, *, first: bool = False) -> Replacement:
    """Return the replacement of a question by it and another."""
    old, own = text(site, node), _operator(node)
    left = (
        b"(" + old + b")" if (own in (b"||", b"??") and operator == b"&&") or node.type == "ternary_expression" else old
    )
    new = other + b" " + operator + b" " + left if first else left + b" " + operator + b" " + other
    around = _operator(node.parent)
    loose = (
        node.parent is None
        or node.parent.type not in TIGHT
        or around == operator
        or (around, operator) == (b"||", b"&&")
    )
    return put(node, new if loose else b"(" + new + b")")


def negated(site: Site, node: Node) -> bytes:
    """Return the opposite of a question, without a bracket too many."""
    old = text(site, node)
    if node.type == "unary_expression" and old.startswith(b"!"):
        return old[1:]
    loose = node.type in ("binary_expression", "ternary_expression", "assignment_expression", "arrow_function")
    return b"!(" + old + b")" if loose else b"!" + old


def asking(site: Site, question: bytes, *inside: bytes) -> tuple[bytes, ...]:
    """Return the lines of an if with these lines in it."""
    forms = forms_of(site)
    opening, closing = forms.question
    return (b"if " + opening + question + closing + b" {", *(step_of(site) + line for line in inside), b"}")


def step_of(site: Site) -> bytes:
    """Return the white space by which the file indents what is nested."""
    return _step(site.source, forms_of(site).margin)


def wrapped(site: Site, node: Node, question: bytes) -> Replacement:
    """Return the replacement that puts a statement under a question."""
    start, end = line_start(site, node), line_end(site, node)
    margin, step = indentation(site, node), step_of(site)
    body = site.source[start:end]
    body = body if body.endswith(b"\n") else body + b"\n"
    inner = b"".join(step + line if line.strip() else line for line in body.splitlines(keepends=True))
    head = asking(site, question)
    return Replacement(start, end, margin + head[0] + b"\n" + inner + margin + head[-1] + b"\n")


def known_names(site: Site) -> frozenset[bytes]:
    """Return the names that the function may use: its own, and those that no function of the file binds."""
    return frozenset(site.names) | _scraps(site.source, site.language)[0]


def scraps(site: Site, role: str, longest: int = LONGEST) -> tuple[bytes, ...]:
    """Return the file's own texts of a role, those of the function first, then by use.

    The roles are "questions", "values", "members", "strings", "statements", "exits", "callees". Those that need a name
    the function does not know are left out.
    """
    known = known_names(site)
    found = _scraps(site.source, site.language)[1].get(role, ())
    counts, near = Counter[bytes](), set[bytes]()
    for new, names, start in found:
        if len(new) <= longest and names <= known:
            counts[new] += 1
            if site.function.start_byte <= start < site.function.end_byte:
                near.add(new)
    return tuple(sorted(counts, key=lambda each: (each not in near, -counts[each])))


def atoms(site: Site, node: Node | None = None) -> list[bytes]:
    """Return short questions that the function could ask, those about the values of a node first."""
    forms = forms_of(site)
    members = scraps(site, "members", 40)
    near = [text(site, each) for each in walk(node) if _is_short(site, each)] if node is not None else []
    every = list(dict.fromkeys((*near, *site.names[:10], *members[:8])))
    asked = sorted(
        scraps(site, "questions", 60)[:60], key=lambda each: -max((likeness(each, one) for one in near), default=0)
    )
    length = [forms.length[0] + each + forms.length[1] for each in every[:6]]
    rows: list[list[bytes]] = [asked]
    if forms.fallbacks:  # where every value has a truth
        rows += [every, [b"!" + each for each in every], [each + b".length" for each in every[:6]]]
    rows += [
        [
            each + b" " + operator + b" " + word
            for each in every
            for operator in (forms.equal, forms.unequal)
            for word in forms.nothing
        ],
        [each + b" " + forms.equal + b" 0" for each in length],
        [
            each + operator + b"0"
            for each in every[:8]
            for operator in (b" < ", b" > ", b" <= ", b" " + forms.equal + b" ")
        ],
        [
            one + operator + other
            for one in every[:5]
            for other in every[:5]
            if one != other
            for operator in (b" < ", b" > ", b" " + forms.equal + b" ")
        ],
    ]
    return list(dict.fromkeys(taken_in_turn(rows)))


def elements(node: Node) -> list[Node]:
    """Return what stands in a list of arguments or values, comments left out."""
    return [each for each in node.named_children if each.type != COMMENT]


def returned(node: Node) -> list[Node]:
    """Return the values of a return."""
    given = elements(node)
    return elements(given[0]) if given and given[0].type == "expression_list" else given


def _operator(node: Node | None) -> bytes:
    found = node.child_by_field_name("operator") if node is not None and node.type == "binary_expression" else None
    return found.text or b"" if found is not None else b""


def _is_short(site: Site, node: Node) -> bool:
    forms = forms_of(site)
    kinds = ("identifier", *forms.members, *forms.subscripts)
    return node.type in kinds and node.end_byte - node.start_byte <= 40 and is_read(site, node)


@lru_cache(maxsize=MOST_KEPT)
def _step(source: bytes, usual: bytes) -> bytes:
    found = Counter[bytes]()
    before = b""
    for line in source.splitlines():
        margin = line[: len(line) - len(line.lstrip())]
        if margin.startswith(before) and len(margin) > len(before):
            found[margin[len(before) :]] += 1
        before = margin if line.strip() else before
    return found.most_common(1)[0][0] if found else usual


Scrap = tuple[bytes, frozenset[bytes], int]


@lru_cache(maxsize=MOST_KEPT)
def _scraps(source: bytes, language: str) -> tuple[frozenset[bytes], dict[str, Sequence[Scrap]]]:
    """Return the names that no function of the file binds, and the pieces of the file by role."""
    known = languages()[language]
    forms, tree = known.forms, parse(load(known), source)
    assert forms is not None
    site = Site(source, tree.root_node, (), (), language)
    found: dict[str, list[Scrap]] = defaultdict(list)
    used, bound = set[bytes](), set[bytes]()
    for node in walk(tree.root_node):
        if node.type == "identifier" and node.text:
            used.add(node.text)
        if node.child_by_field_name("parameters") is not None and node.child_by_field_name("body") is not None:
            bound |= set(bound_names(node, forms)) - {_name(node)}
        if b"\n" in source[node.start_byte : node.end_byte] or node.end_byte - node.start_byte > 2 * LONGEST:
            continue
        for role in _roles(site, node, forms):
            found[role].append(_scrap(source, node))
    return frozenset(used - bound), dict(found)


def _name(function: Node) -> bytes:
    name = function.child_by_field_name("name")
    return name.text or b"" if name is not None else b""


def _roles(site: Site, node: Node, forms: Forms) -> Iterable[str]:
    parent = node.parent
    if parent is None or not node.is_named:
        return
    outer = parent.parent if parent.type == "parenthesized_expression" else parent
    if (
        outer is not None
        and asks(outer, parent if outer != parent else node)
        and node.type != "parenthesized_expression"
    ):
        yield "questions"
    if node.type in forms.members and is_read(site, node):
        yield "members"
    if node.type in (
        *forms.members,
        *forms.calls,
        *forms.subscripts,
        "binary_expression",
        "unary_expression",
    ) and is_read(site, node):
        yield "values"
    elif node.type in forms.strings and parent.type not in ("import_statement", "import_spec", "export_statement"):
        yield "strings"
    elif node.type == "expression_statement":
        yield "statements"
    elif node.type in ("return_statement", "throw_statement", "continue_statement", "break_statement"):
        yield "exits"
    if parent.type in forms.calls and node.type == "identifier" and node in (
        parent.child_by_field_name("function"), parent.child_by_field_name("constructor")
    ):  # fmt: skip
        yield "callees"


def _scrap(source: bytes, node: Node) -> Scrap:
    names = frozenset(each.text for each in walk(node) if each.type == "identifier" and each.text)
    return source[node.start_byte : node.end_byte], names, node.start_byte
