"""What a block takes and gives, read off small functions whose block is between two marks."""

import pytest
from tree_sitter import Node

from autonav_analysis.syntax.grammars import languages, load, parse
from autonav_analysis.syntax.python_bindings import uses, walk
from autonav_analysis.syntax.python_flow import Flow, Passage, always_leaves, flow, live_after, passage

REFUSED = None


def function_of(source: str) -> Node:
    tree = parse(load(languages()["python"]), source.encode())
    return next(each for each in walk(tree.root_node) if each.type == "function_definition")


def known(source: str) -> Flow:
    found = flow(function_of(source))
    assert found is not None
    return found


def of_marked(source: str) -> Passage | None:
    """Return the passage of the statements whose lines end in `#`."""
    function = function_of(source)
    rows = [number for number, line in enumerate(source.splitlines()) if line.endswith("#")]
    blocks = [each for each in walk(function) if each.type == "block"]
    marked = [
        each
        for block in blocks
        for each in block.named_children
        if each.type != "comment" and each.start_point[0] in rows
    ]
    top = [each for each in marked if not any(other != each and within(each, other) for other in marked)]
    found = flow(function)
    return passage(found, top[0], top[-1]) if found is not None else None


def within(node: Node, other: Node) -> bool:
    return other.start_byte <= node.start_byte and node.end_byte <= other.end_byte


def lines(*each: str) -> str:
    return "def f(a, b):\n" + "".join(f"    {line}\n" for line in each)


CASES = {
    "what is read and what is read after": (
        lines("x = a", "y = x + b #", "z = y #", "return y"),
        ((b"b", b"x"), (b"y",)),
    ),
    "a name written on some paths is taken too": (
        lines("x = 0", "if a: #", "    x = 1 #", "return x"),
        ((b"a", b"x"), (b"x",)),
    ),
    "a name that may have no value is not given": (lines("if a: #", "    x = 1 #", "return x"), REFUSED),
    "one with a value on all paths is": (
        lines("if a: #", "    x = 1 #", "else: #", "    x = b #", "return x"),
        ((b"a", b"b"), (b"x",)),
    ),
    "a path that raises counts no more": (
        lines("if a: #", "    x = 1 #", "else: #", "    raise ValueError #", "return x"),
        ((b"a",), (b"x",)),
    ),
    "a loop may not run": (lines("for x in a: #", "    print(x) #", "return x"), REFUSED),
    "a loop without an end gives what its breaks give": (
        lines("while True: #", "    x = next(a) #", "    if x: #", "        break #", "return x"),
        ((b"a",), (b"x",)),
    ),
    "a name needed in the next round": (
        lines("n = 0", "for x in a:", "    print(n)", "    n = x #", "return b"),
        ((b"x",), (b"n",)),
    ),
    "one that the next round writes first": (
        lines("for x in a:", "    n = x", "    n = n + 1 #", "return b"),
        ((b"n",), ()),
    ),
    "a return": (lines("if a: #", "    return 1 #", "return 2"), REFUSED),
    "a break of the loop around": (lines("for x in a:", "    if x: #", "        break #", "return 2"), REFUSED),
    "a continue that leads where the block ends": (
        lines("for x in a:", "    if x: #", "        continue #", "return 2"),
        REFUSED,
    ),
    "a break of its own loop": (lines("for x in a: #", "    break #", "return b"), ((b"a",), ())),
    "a name of an inner function": (lines("x = 1", "g = lambda: x", "x = b #", "return g()"), REFUSED),
    "an inner function that sees a later write": (lines("x = 1", "g = lambda: x #", "x = b", "return g()"), REFUSED),
    "a generator that sees a later write": (
        lines("x = 1", "g = (x for _ in a) #", "x = b", "return g"),
        REFUSED,
    ),
    "a generator that is used up": (
        lines("x = 1", "g = sum(x for _ in a) #", "x = b", "return g, x"),
        ((b"a", b"x"), (b"g",)),
    ),
    "a name an inner function writes": (
        lines("x = 1", "def g():", "    nonlocal x", "    x = 2", "print(x, g()) #", "return x"),
        REFUSED,
    ),
    "a global": (lines("global x", "x = a #", "return b"), REFUSED),
    "what a handler sees": (
        lines("x = 0", "try:", "    x = a #", "    b() #", "except ValueError:", "    print(x)"),
        REFUSED,
    ),
    "what a handler does not see": (
        lines("x = 0", "try:", "    x = a #", "    b(x) #", "except ValueError:", "    print(a)"),
        ((b"a", b"b"), ()),
    ),
    "what is seen after a manager swallowed": (
        lines("x = 0", "with a:", "    x = 1 #", "    b() #", "return x"),
        REFUSED,
    ),
    "what a finally sees": (lines("x = 0", "try:", "    x = b() #", "finally:", "    print(x)"), REFUSED),
    "a try as a whole": (
        lines("try: #", "    x = a() #", "except ValueError as e: #", "    x = b #", "return x"),
        REFUSED,
    ),
    "a try whose handler names nothing": (
        lines("try: #", "    x = a() #", "except ValueError: #", "    x = b #", "return x"),
        ((b"a", b"b"), (b"x",)),
    ),
    "a try that may not get to a name": (
        lines("try: #", "    x = a() #", "except ValueError: #", "    pass #", "return x"),
        REFUSED,
    ),
    "a deleted name": (lines("x = 1", "del x", "x = 2 #", "print(x) #"), REFUSED),
    "an item that is deleted": (lines("del a[b] #", "return a"), ((b"a", b"b"), ())),
    "a walrus that may not be reached": (lines("if a and (x := b): #", "    print(x) #", "return x"), REFUSED),
    "a walrus that is": (lines("if (x := b) and a: #", "    print(x) #", "return x"), ((b"a", b"b"), (b"x",))),
    "a comprehension's own names": (
        lines("x = [c for c in a for d in c if d] #", "return x, b"),
        ((b"a",), (b"x",)),
    ),
    "a walrus in a comprehension": (lines("y = [x := c for c in a] #", "return x, y"), REFUSED),
    "a name in a keyword and an attribute": (lines("a.b(b=1) #", "return b"), ((b"a",), ())),
    "an annotation": (lines("x: b = a #", "return x"), ((b"a",), (b"x",))),
    "a name that another path would then read of the module": (
        lines("if a:", "    x = 1 #", "    print(x) #", "else:", "    print(x)"),
        REFUSED,
    ),
    "code that is never reached": (lines("return a", "b = 1 #", "return b"), REFUSED),
    "a match": (lines("match a:", "    case x:", "        b = x #", "return b"), REFUSED),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_block_takes_and_gives(name: str) -> None:
    source, expected = CASES[name]
    compile(source, name, "exec")
    found = of_marked(source)
    assert (found if found is None else tuple(found)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (("return a",), True),
        (("if a:", "    return 1", "else:", "    raise b"), True),
        (("if a:", "    return 1", "elif b:", "    pass", "else:", "    return 2"), False),
        (("if a:", "    return 1"), False),
        (("while a:", "    return 1"), False),
        (("with a:", "    return 1"), False),
        (("return a", "# done"), True),
    ],
)
def test_what_always_leaves(body: tuple[str, ...], expected: bool) -> None:
    block = function_of(lines(*body)).child_by_field_name("body")
    assert block is not None
    assert always_leaves(block) is expected


def test_what_is_live_after_a_statement() -> None:
    source = lines("for x in a:", "    print(x)", "return b")
    function = function_of(source)
    loop = next(each for each in walk(function) if each.type == "for_statement")
    found = flow(function)
    assert found is not None
    assert live_after(found, loop) == {b"b"}
    assert found.bound == (b"a", b"b", b"x")


def test_the_names_of_one_expression() -> None:
    call = next(each for each in walk(function_of(lines("g(lambda c=a: c + b, x.y)"))) if each.type == "call")
    found = uses(call)
    assert found.reads == {b"g", b"a", b"b", b"x"}
    assert found.captured == {b"b"}


@pytest.mark.parametrize(
    "body",
    [
        ("match a:", "    case 1: pass"),
        ("try:", "    pass", "except* ValueError:", "    pass"),
        ("with (open(a) as c):", "    pass"),
        ("x = (a", "return )"),
    ],
)
def test_what_is_not_understood_has_no_flow(body: tuple[str, ...]) -> None:
    assert flow(function_of(lines(*body))) is None


def test_parameters_of_every_kind_have_values() -> None:
    found = known("def f(a, /, b: int, c=1, *d, e: int = 2, **g):\n    return a\n")
    assert found.bound == (b"a", b"b", b"c", b"d", b"e", b"g")
