"""Manifests read without ever raising: what they hold, and a sentence where they cannot be read."""

import json
import tomllib
from dataclasses import dataclass, field
from typing import Any
from xml.parsers.expat import ExpatError

from autonav_analysis.test_reports._expat import RefusedXml, safe_parser
from autonav_analysis.toolchains._tree import Tree

LARGEST = 4 * 1024 * 1024
DEEPEST = 200


@dataclass
class Element:
    """An XML element: its name without a prefix, its text, and the elements in it."""

    name: str
    text: str = ""
    children: list["Element"] = field(default_factory=list)


def text_of(tree: Tree, path: str) -> tuple[str, str]:
    """Return a file's text and no problem, or "" and the problem."""
    try:
        data = tree.read(path)
    except (OSError, ValueError) as error:
        return "", f"{path} cannot be read: {getattr(error, 'strerror', None) or error}"
    if len(data) > LARGEST:
        return "", f"{path} is larger than {LARGEST >> 20} MiB"
    if b"\0" in data:
        return "", f"{path} is binary"
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return "", f"{path} is not UTF-8"


def json_of(tree: Tree, path: str) -> tuple[dict[str, Any], str]:
    """Return the object in a JSON file and no problem, or {} and the problem."""
    text, problem = text_of(tree, path)
    if problem:
        return {}, problem
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        return {}, f"{path} is no JSON: {error}"
    return (found, "") if isinstance(found, dict) else ({}, f"{path} holds no object")


def toml_of(tree: Tree, path: str) -> tuple[dict[str, Any], str]:
    """Return the table in a TOML file and no problem, or {} and the problem."""
    text, problem = text_of(tree, path)
    if problem:
        return {}, problem
    try:
        return tomllib.loads(text), ""
    except (ValueError, RecursionError) as error:
        return {}, f"{path} is no TOML: {error}"


def xml_of(tree: Tree, path: str) -> tuple[Element, str]:
    """Return the root element of an XML file and no problem, or one without a name and the problem."""
    text, problem = text_of(tree, path)
    if problem:
        return Element(""), problem
    top = Element("")
    stack = [top]
    parser = safe_parser()

    def start(name: str, _attributes: dict[str, str]) -> None:
        if len(stack) > DEEPEST:
            raise RefusedXml(f"it is nested deeper than {DEEPEST}")
        stack[-1].children.append(Element(name.rpartition(":")[2]))
        stack.append(stack[-1].children[-1])

    def end(_name: str) -> None:
        stack.pop()

    def characters(data: str) -> None:
        stack[-1].text += data

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    try:
        parser.Parse(text.encode(), True)
    except (ExpatError, ValueError, LookupError) as error:
        return Element(""), f"{path} is no XML: {error}"
    return top.children[0], ""


def texts(element: Element, *names: str) -> list[str]:
    """Return the texts, stripped, of the elements that this way of names leads to."""
    if not names:
        return [element.text.strip()]
    return [text for child in element.children if child.name == names[0] for text in texts(child, *names[1:])]


def table(value: object, *keys: str) -> dict[str, Any]:
    """Return the table that these keys lead to, {} where they do not lead to one."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def strings(value: object) -> list[str]:
    """Return the strings of a list, [] where it is none."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
