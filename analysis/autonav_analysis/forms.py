"""What grammars call the things that rewrites look for, and how their languages write what these put in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tree_sitter import Node


@dataclass(frozen=True, eq=False)
class Forms:
    """The forms of one language with braces.

    Node types come by role: `members` and `subscripts` with the fields of their object and of their name or index,
    `bindings` with the field that holds what is bound, `bound` are the types of what is bound there. `nothing` are
    its words for no value, `plain` its usual values, `equal` and `unequal` how it compares, `length` and `question`
    the text around a value, `fallbacks` the operators that take another value for none. `exits` returns the usual ways
    to leave a function.
    """

    calls: frozenset[str]
    arguments: str
    members: Mapping[str, tuple[str, str]]
    subscripts: Mapping[str, tuple[str, str]]
    numbers: frozenset[str]
    strings: frozenset[str]
    blocks: frozenset[str]
    bindings: Mapping[str, str]
    bound: frozenset[str]
    module: str
    nothing: tuple[bytes, ...]
    plain: tuple[bytes, ...]
    equal: bytes
    unequal: bytes
    length: tuple[bytes, bytes]
    question: tuple[bytes, bytes]
    end: bytes
    margin: bytes
    exits: Callable[[Node], Sequence[bytes]]
    comparisons: tuple[bytes, ...]
    fallbacks: tuple[bytes, ...] = ()
    counterparts: tuple[tuple[bytes, ...], ...] = ()


def _script_exits(_function: Node) -> Sequence[bytes]:
    values = (b"", b" false", b" null", b" true", b" undefined", b" []", b" 0", b" ''")
    return (*(b"return" + value + b";" for value in values), b"continue;")


SCRIPT = Forms(
    calls=frozenset(("call_expression", "new_expression")),
    arguments="arguments",
    members={"member_expression": ("object", "property")},
    subscripts={"subscript_expression": ("object", "index")},
    numbers=frozenset(("number",)),
    strings=frozenset(("string",)),
    blocks=frozenset(("statement_block", "switch_case", "switch_default")),
    bindings={
        "variable_declarator": "name", "for_in_statement": "left", "catch_clause": "parameter",
        "assignment_expression": "left", "arrow_function": "parameter", "required_parameter": "pattern",
        "optional_parameter": "pattern", "function_declaration": "name", "class_declaration": "name",
    },
    bound=frozenset(("identifier", "shorthand_property_identifier_pattern")),
    module="program",
    nothing=(b"null", b"undefined"),
    plain=(b"0", b"1", b"''", b"[]", b"{}", b"null", b"undefined", b"true", b"false"),
    equal=b"===",
    unequal=b"!==",
    length=(b"", b".length"),
    question=(b"(", b")"),
    end=b";",
    margin=b"  ",
    exits=_script_exits,
    comparisons=(b"<", b"<=", b">", b">=", b"===", b"!==", b"==", b"!="),
    fallbacks=(b"??", b"||"),
    counterparts=(
        (b"slice", b"splice", b"substring", b"substr"),
        (b"push", b"unshift", b"concat"),
        (b"pop", b"shift"),
        (b"map", b"filter", b"forEach", b"flatMap"),
        (b"find", b"findIndex", b"findLast", b"filter", b"some"),
        (b"some", b"every", b"includes"),
        (b"indexOf", b"lastIndexOf", b"findIndex"),
        (b"startsWith", b"endsWith", b"includes"),
        (b"trim", b"trimStart", b"trimEnd"),
        (b"toLowerCase", b"toUpperCase"),
        (b"floor", b"ceil", b"round", b"trunc"),
        (b"min", b"max"),
        (b"keys", b"values", b"entries"),
        (b"replace", b"replaceAll"),
        (b"match", b"matchAll", b"test", b"exec"),
        (b"parseInt", b"parseFloat", b"Number"),
        (b"reduce", b"reduceRight"),
        (b"add", b"set", b"delete", b"has", b"get"),
        (b"sort", b"toSorted"),
        (b"all", b"allSettled", b"any", b"race"),
        (b"getUTCDate", b"getDate", b"getDay"),
    ),
)  # fmt: skip
"""JavaScript and TypeScript."""
