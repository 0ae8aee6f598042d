"""Reading the results of other tools from a SARIF 2.1.0 log (OASIS, sections 3.14, 3.27 to 3.30 and 3.49)."""

import json
import os.path
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from autonav_protocol.values.foreign import ForeignResult, Level

Json = Mapping[str, Any]

LEVELS: Mapping[str, Level] = {"error": "error", "warning": "warning", "note": "note", "none": "none"}
SAYS_NOTHING = frozenset(("pass", "notApplicable"))
"""Kinds of results that find nothing."""

LINK = re.compile(r"(?<!\\)\[([^\]]*)\]\(\d+\)")
"""A link of a message to one of the related locations of its result."""

PLACEHOLDER = re.compile(r"\{(\d+)\}")
BROKEN = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class SarifLog(NamedTuple):
    """What a log holds; `problem` says why nothing could be read, "" where it could."""

    results: tuple[ForeignResult, ...]
    problem: str


def read_sarif(data: bytes, root: str) -> SarifLog:
    """Return the results of all runs, one for each place; those that are suppressed or gone are left out.

    URIs are decoded and resolved as the log says, and those without a base from `root`, an absolute path.
    """
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return SarifLog((), "it is no JSON")
    version = document.get("version") if isinstance(document, dict) else None
    if version != "2.1.0":
        return SarifLog((), f"it is SARIF {version}, not 2.1.0" if version else "it is no SARIF: it names no version")
    found: list[ForeignResult] = []
    at = "`runs`"
    try:
        for number, run in enumerate(document["runs"]):
            at = f"runs[{number}]"
            for position, result in enumerate(run.get("results") or ()):
                at = f"runs[{number}].results[{position}]"
                found += _results(run, result, root)
    except BROKEN:
        return SarifLog((), f"{at} is not as SARIF 2.1.0 has it")
    return SarifLog(tuple(dict.fromkeys(found)), "")


def _results(run: Json, result: Json, root: str) -> Iterator[ForeignResult]:
    kind = result.get("kind", "fail")
    if kind in SAYS_NOTHING or result.get("baselineState") == "absent" or _is_suppressed(result):
        return
    rule = _rule(run, result)
    level = LEVELS[result.get("level") or ("none" if kind != "fail" else _default_level(rule))]
    tool = str(run["tool"]["driver"]["name"])
    name = str(result.get("ruleId") or result.get("rule", {}).get("id") or rule.get("id") or "")
    message = _message(result["message"], rule)
    for location in result.get("locations") or ():
        physical = location.get("physicalLocation") or {}
        region = physical.get("region") or {}
        line = int(region.get("startLine", 0))
        path = _path(run, physical.get("artifactLocation") or {}, root)
        yield ForeignResult(tool, name, level, message, path, line, max(line, int(region.get("endLine", line))))


def _is_suppressed(result: Json) -> bool:
    return any(each.get("status", "accepted") == "accepted" for each in result.get("suppressions") or ())


def _rule(run: Json, result: Json) -> Json:
    """Return the descriptor of a result's rule, by its place or else by its id; {} where there is none."""
    said = result.get("rule") or {}
    tool, index = run["tool"], result.get("ruleIndex", said.get("index", -1))
    extension = (said.get("toolComponent") or {}).get("index", -1)
    component = tool["extensions"][extension] if extension >= 0 else tool["driver"]
    if index >= 0:
        return component["rules"][index]
    name = str(result.get("ruleId") or said.get("id") or "")
    described = {
        each["id"]: each for one in (*(tool.get("extensions") or ()), tool["driver"]) for each in one.get("rules") or ()
    }
    return described.get(name) or described.get(name.rpartition("/")[0]) or {}


def _default_level(rule: Json) -> str:
    return (rule.get("defaultConfiguration") or {}).get("level", "warning")


def _message(message: Json, rule: Json) -> str:
    """Return a message on one line: its own text or its rule's, with its arguments and without links."""
    text = message.get("text")
    if text is None:
        text = (rule.get("messageStrings") or {})[message["id"]]["text"]
    given = message.get("arguments") or ()
    filled = PLACEHOLDER.sub(lambda found: given[int(found[1])], text) if given else text
    return " ".join(LINK.sub(r"\1", filled).split()).rstrip(".")


def _path(run: Json, artifact: Json, root: str) -> str:
    """Return where an artifact lies, relative to `root`; "" for what lies outside or is no file."""
    index = artifact.get("index", -1)
    if "uri" not in artifact and index >= 0:
        artifact = run["artifacts"][index]["location"]
    whole = _file(run.get("originalUriBaseIds") or {}, artifact, root)
    path = os.path.relpath(whole, root) if whole else ".."
    return "" if path == "." or path.split("/")[0] == ".." else path


def _file(bases: Json, artifact: Json, root: str, depth: int = 0) -> str:
    """Return an absolute path; a base without a URI is `root`."""
    parts = urlsplit(artifact.get("uri", ""))
    if parts.scheme not in ("", "file"):
        return ""
    path = unquote(parts.path, errors="surrogateescape")
    base = bases.get(artifact.get("uriBaseId", ""))
    if parts.scheme or base is None:
        return os.path.normpath(os.path.join(root, path))
    if depth > len(bases):
        raise ValueError("bases that rest on each other")
    above = _file(bases, base, root, depth + 1)
    return os.path.normpath(os.path.join(above, path)) if above else ""
