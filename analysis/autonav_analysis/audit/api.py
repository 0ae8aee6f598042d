"""What a text lets others use: exported definitions with their parameters, and what a new one breaks."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tree_sitter import Node, Tree

from autonav_analysis.audit.tests_syntax import normalised, text_of

REQUIRED, OPTIONAL, REST = "required", "optional", "rest"
TYPES = frozenset(("type_alias_declaration", "interface_declaration"))
"""Kinds of TypeScript that are used in the same way."""


class Parameter(NamedTuple):
    """A parameter: its name, whether it is required, optional or takes the rest, and whether by name alone."""

    name: str
    kind: str
    keyword_only: bool = False


class Exported(NamedTuple):
    """A definition that others may use. `signature` is its text where parameters are not told apart."""

    kind: str
    line: int
    parameters: tuple[Parameter, ...] = ()
    signature: str = ""


def exported(language: str, tree: Tree | None) -> Mapping[str, Exported]:
    """Return what a text exports at its top and, in classes, one level below, by qualified name."""
    if tree is None:
        return {}
    readers = {"python": _python, "go": _go, "rust": _rust}
    return dict(readers.get(language, _javascript)(tree.root_node))


def broken(before: Exported, after: Exported) -> str:
    """Return what a caller of the old definition would trip over, "" where nothing."""
    if before.kind != after.kind and not {before.kind, after.kind} <= TYPES:
        return f"was a {_spoken(before.kind)} and is a {_spoken(after.kind)}"
    if before.signature or after.signature:
        return "its signature changed" if before.signature != after.signature else ""
    return _broken(before.parameters, after.parameters)


def _broken(before: tuple[Parameter, ...], after: tuple[Parameter, ...]) -> str:
    old, new = {each.name: each for each in before}, {each.name: each for each in after}
    takes_names = any(each.kind == REST and each.name.startswith("**") for each in after)
    takes_all = takes_names and len(after) > 1 and all(each.kind == REST for each in after)
    for name, each in old.items():
        if name not in new and not (takes_names and each.keyword_only) and not takes_all:
            return f"lost its parameter {name}"
    for name, each in new.items():
        if each.kind != REQUIRED:
            continue
        if name not in old:
            return f"needs a new parameter {name}"
        if old[name].kind == OPTIONAL:
            return f"no longer has a default for {name}"
    order = [each.name for each in before if not each.keyword_only]
    now = [each.name for each in after if not each.keyword_only and each.name in old]
    return "" if order[: len(now)] == now else "takes its parameters in another order"


def _spoken(kind: str) -> str:
    return kind.removesuffix("_declaration").replace("_", " ")


def _python(root: Node) -> Iterator[tuple[str, Exported]]:
    for name, node in _python_definitions(root.named_children):
        yield name, _python_exported(node)
        body = node.child_by_field_name("body")
        if node.type == "class_definition" and body is not None:
            for method, inner in _python_definitions(body.named_children):
                yield f"{name}.{method}", _python_exported(inner)


def _python_definitions(nodes: list[Node]) -> Iterator[tuple[str, Node]]:
    for node in nodes:
        inner = node.child_by_field_name("definition") if node.type == "decorated_definition" else node
        if inner is not None and inner.type in ("function_definition", "class_definition"):
            name = text_of(inner.child_by_field_name("name"))
            if not name.startswith("_") or name == "__init__":
                yield name, inner


def _python_exported(node: Node) -> Exported:
    kind = "class" if node.type == "class_definition" else "function"
    parameters = node.child_by_field_name("parameters")
    listed = tuple(_python_parameters(parameters.named_children)) if parameters is not None else ()
    return Exported(kind, node.start_point[0] + 1, listed)


def _python_parameters(nodes: list[Node]) -> Iterator[Parameter]:
    keyword_only = False
    for node in nodes:
        if node.type in ("keyword_separator", "list_splat_pattern"):
            keyword_only = True
        if node.type in ("keyword_separator", "positional_separator", "comment"):
            continue
        named = node.child_by_field_name("name") or (node.named_children[0] if node.named_children else node)
        name = text_of(node if node.type == "identifier" or "splat" in node.type else named)
        if name.startswith("*"):
            keyword_only = True
            yield Parameter(name, REST, keyword_only)
        else:
            yield Parameter(name, OPTIONAL if "default" in node.type else REQUIRED, keyword_only)


def _go(root: Node) -> Iterator[tuple[str, Exported]]:
    for node in root.named_children:
        if node.type == "type_declaration":
            for each in node.named_children:
                name = text_of(each.child_by_field_name("name"))
                if name[:1].isupper():
                    yield name, Exported("type", each.start_point[0] + 1)
        elif node.type in ("function_declaration", "method_declaration"):
            receiver = "".join(each for each in text_of(node.child_by_field_name("receiver")) if each not in "()*")
            owner = receiver.split("[")[0].split()[-1] if receiver.split() else ""
            name = text_of(node.child_by_field_name("name"))
            if name[:1].isupper() and (not owner or owner[:1].isupper()):
                yield (
                    ".".join(filter(None, (owner, name))),
                    _with_signature(node, ("type_parameters", "parameters", "result")),
                )


def _rust(root: Node) -> Iterator[tuple[str, Exported]]:
    for node in root.named_children:
        if node.type == "impl_item":
            body, owner = node.child_by_field_name("body"), text_of(node.child_by_field_name("type"))
            for inner in body.named_children if body is not None else ():
                if _is_public(inner):
                    name = text_of(inner.child_by_field_name("name"))
                    yield f"{owner}.{name}", _with_signature(inner, ("type_parameters", "parameters", "return_type"))
        elif _is_public(node) and (name := text_of(node.child_by_field_name("name"))):
            yield name, _with_signature(node, ("type_parameters", "parameters", "return_type"))


def _is_public(node: Node) -> bool:
    return any(each.type == "visibility_modifier" and text_of(each) == "pub" for each in node.children)


def _javascript(root: Node) -> Iterator[tuple[str, Exported]]:
    for node in root.named_children:
        if node.type != "export_statement":
            continue
        declared = node.child_by_field_name("declaration")
        for each in _declared(declared) if declared is not None else ():
            if name := text_of(each.child_by_field_name("name")):
                value = each.child_by_field_name("value") or each
                found = _with_signature(value, ("type_parameters", "parameters", "parameter", "return_type"))
                yield name, found._replace(kind=node.type if found.signature else each.type)


def _declared(node: Node) -> list[Node]:
    if node.type in ("lexical_declaration", "variable_declaration"):
        return [each for each in node.named_children if each.type == "variable_declarator"]
    return [node]


def _with_signature(node: Node, fields: tuple[str, ...]) -> Exported:
    parts = (normalised(node.child_by_field_name(each)) for each in fields)
    return Exported(node.type, node.start_point[0] + 1, (), " ".join(filter(None, parts)))
