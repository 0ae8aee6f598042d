"""Faults to inject: small edits of Python functions after the operators that mutation testing tools share.

The list follows the literature (Offutt's AOR, ROR, LCR, SDL, ...) and mutmut and cosmic-ray, not this project's
rewrites: what a search can undo must not decide what it is asked to undo.
"""

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

Function = ast.FunctionDef | ast.AsyncFunctionDef

ARITHMETIC = {
    "+": "-",
    "-": "+",
    "*": "/",
    "/": "*",
    "//": "/",
    "%": "/",
    "**": "*",
    "<<": ">>",
    ">>": "<<",
    "|": "&",
    "&": "|",
}
COMPARISONS = {
    "<": ("<=", ">"), "<=": ("<", ">="), ">": (">=", "<"), ">=": (">", "<="), "==": ("!=",), "!=": ("==",),
    "is": ("is not",), "is not": ("is",), "in": ("not in",), "not in": ("in",),
}  # fmt: skip
METHODS = {
    "lower": "upper", "upper": "lower", "strip": "lstrip", "lstrip": "rstrip", "rstrip": "lstrip", "find": "rfind",
    "rfind": "find", "split": "rsplit", "rsplit": "split", "startswith": "endswith", "endswith": "startswith",
    "append": "insert", "any": "all", "all": "any", "min": "max", "max": "min", "sorted": "list", "setdefault": "get",
}  # fmt: skip
LONGEST_BRANCH = 6


@dataclass(frozen=True, order=True)
class Mutant:
    """An edit of a source: the operator that made it, its 1-based line, and the bytes that `text` replaces.

    It never changes the number of lines.
    """

    operator: str
    line: int
    start: int
    end: int
    text: str


def mutants(source: str, lines: Collection[int]) -> list[Mutant]:
    """Return the mutants of the given lines inside functions, in the order of their places; a few do not compile."""
    text = _Text(source)
    found = dict[tuple[int, int, str], Mutant]()
    for function in _outermost(ast.parse(source)):
        names = _locals(function)
        for statement in function.body[ast.get_docstring(function) is not None :]:
            for node in ast.walk(statement):
                for operator, replaced, new in _edits(text, node, names):
                    mutant = text.edit(operator, replaced, new)
                    if mutant is not None and mutant.line in lines:
                        found.setdefault((mutant.start, mutant.end, mutant.text), mutant)
    return [each for _, each in sorted(found.items())]


def compiles(source: str) -> bool:
    """Return whether a source is Python."""
    try:
        compile(source, "mutant.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def injected(source: str, edits: Iterable[Mutant]) -> str:
    """Return the source with mutants of it made, which may not overlap."""
    data = source.encode()
    for each in sorted(edits, key=lambda each: each.start, reverse=True):
        data = data[: each.start] + each.text.encode() + data[each.end :]
    return data.decode()


Span = tuple[int, int]
Edit = tuple[str, Span, str]


class _Text:
    """A source and where its nodes lie in it, in bytes."""

    def __init__(self, source: str) -> None:
        self.data = source.encode()
        lengths = (len(line) for line in self.data.splitlines(keepends=True))
        self._starts = [0]
        for length in lengths:
            self._starts.append(self._starts[-1] + length)

    def span(self, node: ast.AST) -> Span:
        start = self._starts[getattr(node, "lineno") - 1] + getattr(node, "col_offset")  # noqa: B009
        return start, self._starts[getattr(node, "end_lineno") - 1] + getattr(node, "end_col_offset")  # noqa: B009

    def of(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.data[start:end].decode()

    def between(self, first: ast.AST, second: ast.AST, old: str) -> Span | None:
        """Return where an operator stands between two nodes."""
        start, end = self.span(first)[1], self.span(second)[0]
        word = r"\b" + old.replace(" ", r"\s+") + r"\b" if old[0].isalpha() else re.escape(old)
        at = re.search(word.encode(), self.data[start:end])
        return (start + at.start(), start + at.end()) if at else None

    def edit(self, operator: str, span: Span, new: str) -> Mutant | None:
        """Return the mutant, with as many lines as before, None where nothing changes."""
        old = self.data[span[0] : span[1]].decode()
        if old == new or new.count("\n") > old.count("\n"):
            return None
        new += "\n" * (old.count("\n") - new.count("\n"))
        line = self.data.count(b"\n", 0, span[0]) + 1
        return Mutant(operator, line, *span, new)


def _edits(text: _Text, node: ast.AST, names: list[str]) -> Iterator[Edit]:
    for kind, make in OPERATORS:
        if isinstance(node, kind):
            yield from make(text, node)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        place = names.index(node.id)
        yield from (("name", text.span(node), other) for other in names[place + 1 : place + 2] or names[:1])


def _arithmetic(text: _Text, node: ast.BinOp) -> Iterator[Edit]:
    for old, new in ARITHMETIC.items():
        if type(node.op) is type(_operator(f"a {old} b")) and (at := text.between(node.left, node.right, old)):
            yield "arithmetic", at, new


def _augmented(text: _Text, node: ast.AugAssign) -> Iterator[Edit]:
    for old, new in ARITHMETIC.items():
        if type(node.op) is type(_operator(f"a {old} b")) and (at := text.between(node.target, node.value, old + "=")):
            yield "augmented", at, new + "="
            yield "augmented", at, "="


def _comparison(text: _Text, node: ast.Compare) -> Iterator[Edit]:
    for (left, right), operator in zip(pairwise([node.left, *node.comparators]), node.ops, strict=True):
        for old, others in COMPARISONS.items():
            if type(operator) is type(_compared(f"a {old} b")) and (at := text.between(left, right, old)):
                yield from (("comparison", at, other) for other in others)


def _boolean(text: _Text, node: ast.BoolOp) -> Iterator[Edit]:
    old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    first, second, *more = node.values
    if not more and (at := text.between(first, second, old)):
        yield "boolean", at, new
    for each in node.values:
        yield "operand", text.span(node), f"({text.of(each)})"


def _unary(text: _Text, node: ast.UnaryOp) -> Iterator[Edit]:
    yield "unary", text.span(node), f"({text.of(node.operand)})"


def _constant(text: _Text, node: ast.Constant) -> Iterator[Edit]:
    value = node.value
    if isinstance(value, bool) or value is None:
        yield "keyword", text.span(node), {True: "False", False: "True", None: "0"}[value]
    elif isinstance(value, (int, float)):
        yield from (("number", text.span(node), repr(other)) for other in (value + 1, value - 1, -value) if other >= 0)
    elif isinstance(value, str) and text.of(node)[0] in "\"'":
        yield "string", text.span(node), repr(f"XX{value}") if value else "'XX'"
        yield "string", text.span(node), "''"


def _condition(text: _Text, node: ast.If | ast.IfExp | ast.While) -> Iterator[Edit]:
    yield "negation", text.span(node.test), f"not ({text.of(node.test)})"
    if not isinstance(node, ast.While):
        yield from (("condition", text.span(node.test), value) for value in ("True", "False"))
    if isinstance(node, ast.If) and not node.orelse and (node.end_lineno or 0) - node.lineno < LONGEST_BRANCH:
        yield "branch", text.span(node), "pass"


def _statement(text: _Text, node: ast.stmt) -> Iterator[Edit]:
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        yield "statement", text.span(node), "pass"


def _return(text: _Text, node: ast.Return) -> Iterator[Edit]:
    if node.value is not None:
        yield "return", text.span(node.value), "None"


def _jump(text: _Text, node: ast.Break | ast.Continue) -> Iterator[Edit]:
    yield "jump", text.span(node), "continue" if isinstance(node, ast.Break) else "break"


def _loop(text: _Text, node: ast.For) -> Iterator[Edit]:
    yield "loop", text.span(node.iter), "()"


def _call(text: _Text, node: ast.Call) -> Iterator[Edit]:
    arguments = [*node.args, *node.keywords]
    listed = [text.of(each) for each in arguments]
    if arguments:
        span = text.span(arguments[0])[0], text.span(arguments[-1])[1]
        for index in range(len(listed) if len(listed) > 1 else 0):
            yield "argument", span, ", ".join(listed[:index] + listed[index + 1 :])
        for each in node.args:
            yield "nothing", text.span(each), "None"
    if len(node.args) > 1 and not any(isinstance(each, ast.Starred) for each in node.args):
        first, second = node.args[:2]
        between = text.data[text.span(first)[1] : text.span(second)[0]].decode()
        swapped = text.of(second) + between + text.of(first)
        yield "order", (text.span(first)[0], text.span(second)[1]), swapped
    if len(node.args) == 1 and not node.keywords:
        yield "call", text.span(node), f"({listed[0]})"
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if isinstance(function, ast.Attribute):
        yield "method", text.span(node), text.of(function.value)
    if name in METHODS:
        end = text.span(function)[1]
        yield "callee", (end - len(name), end), METHODS[name]


def _slice(text: _Text, node: ast.Slice) -> Iterator[Edit]:
    for bound in (node.lower, node.upper):
        if bound is not None:
            yield "slice", text.span(bound), ""


OPERATORS: tuple[tuple[type[ast.AST] | tuple[type[ast.AST], ...], Callable[..., Iterator[Edit]]], ...] = (
    (ast.BinOp, _arithmetic),
    (ast.AugAssign, _augmented),
    (ast.Compare, _comparison),
    (ast.BoolOp, _boolean),
    (ast.UnaryOp, _unary),
    (ast.Constant, _constant),
    ((ast.If, ast.IfExp, ast.While), _condition),
    ((ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Return), _statement),
    (ast.Return, _return),
    ((ast.Break, ast.Continue), _jump),
    (ast.For, _loop),
    (ast.Call, _call),
    (ast.Slice, _slice),
)
"""What is edited, and how; names are added to these, as they need to know the function."""


def _outermost(tree: ast.AST) -> Iterator[Function]:
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield child
        else:
            yield from _outermost(child)


def _locals(function: Function) -> list[str]:
    """Return the names of a function's parameters and variables, in order."""
    arguments = [each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)]
    nodes = sorted(
        (each for each in ast.walk(function) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)),
        key=lambda each: (each.lineno, each.col_offset),
    )
    return list(dict.fromkeys([*arguments, *(each.id for each in nodes)]))


def _operator(expression: str) -> ast.operator:
    node = ast.parse(expression, mode="eval").body
    assert isinstance(node, ast.BinOp)
    return node.op


def _compared(expression: str) -> ast.cmpop:
    node = ast.parse(expression, mode="eval").body
    assert isinstance(node, ast.Compare)
    return node.ops[0]
