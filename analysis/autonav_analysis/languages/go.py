"""Go."""

from collections.abc import Sequence
from importlib.resources import files

from tree_sitter import Node

from autonav_analysis import languages
from autonav_analysis.forms import Forms
from autonav_analysis.language import Language

ZEROES = {b"bool": b"false", b"string": b'""', b"error": b"nil"}
NILS = frozenset(("pointer_type", "slice_type", "map_type", "function_type", "channel_type", "interface_type"))


def _grammar() -> object:
    import tree_sitter_go

    return tree_sitter_go.language()


def _exits(function: Node) -> Sequence[bytes]:
    """Return the return of what is zero for each result, and `continue`; a result of an unknown type is taken as a number."""
    result = function.child_by_field_name("result")
    if result is None:
        return (b"return", b"continue")
    types = [result]
    if result.type == "parameter_list":
        types = [kind for each in result.named_children if (kind := each.child_by_field_name("type")) is not None]
    zeroes = [b"nil" if each.type in NILS else ZEROES.get(each.text or b"", b"0") for each in types]
    return (b"return " + b", ".join(zeroes), b"continue")


FORMS = Forms(
    calls=frozenset(("call_expression",)),
    arguments="argument_list",
    members={"selector_expression": ("operand", "field")},
    subscripts={"index_expression": ("operand", "index")},
    numbers=frozenset(("int_literal", "float_literal")),
    strings=frozenset(("interpreted_string_literal",)),
    blocks=frozenset(("statement_list",)),
    bindings={
        "short_var_declaration": "left", "var_spec": "name", "const_spec": "name", "range_clause": "left",
        "parameter_declaration": "name", "variadic_parameter_declaration": "name", "function_declaration": "name",
    },
    bound=frozenset(("identifier",)),
    module="source_file",
    nothing=(b"nil",),
    plain=(b"0", b"1", b'""', b"nil", b"true", b"false"),
    equal=b"==",
    unequal=b"!=",
    length=(b"len(", b")"),
    question=(b"", b""),
    end=b"",
    margin=b"\t",
    exits=_exits,
    comparisons=(b"<", b"<=", b">", b">=", b"==", b"!="),
    counterparts=(
        (b"HasPrefix", b"HasSuffix", b"Contains"),
        (b"TrimSpace", b"Trim", b"TrimLeft", b"TrimRight", b"TrimPrefix", b"TrimSuffix"),
        (b"Index", b"LastIndex", b"IndexByte", b"IndexAny"),
        (b"ToLower", b"ToUpper", b"Title"),
        (b"Split", b"SplitN", b"SplitAfter", b"Fields"),
        (b"Replace", b"ReplaceAll"),
        (b"Errorf", b"Sprintf", b"Sprint"),
        (b"Lock", b"RLock"),
        (b"Unlock", b"RUnlock"),
        (b"Min", b"Max"),
        (b"Floor", b"Ceil", b"Round", b"Trunc"),
        (b"Before", b"After", b"Equal"),
        (b"Is", b"As"),
    ),
)  # fmt: skip

LANGUAGE = Language(
    name="go",
    suffixes=(".go",),
    lsp_ids=("go",),
    grammar=_grammar,
    query=files(languages).joinpath("go.scm").read_text("utf-8"),
    wheel="tree-sitter-go",
    forms=FORMS,
)
