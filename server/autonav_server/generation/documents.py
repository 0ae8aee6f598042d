"""Pages of the documentation."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from autonav_analysis.rewrite import Rewrite
from autonav_analysis.rule import Rule
from autonav_protocol.operation import Event, Operation, Surface
from autonav_server.generation import NOTE
from autonav_server.generation.fields import default, extra, leaves, shape

HEAD = f"<!-- {NOTE} -->"


def operations_page(declared: Mapping[str, Operation[Any, Any]], notified: Mapping[str, Event[Any]]) -> str:
    """Return the page of all operations and events."""
    out = [HEAD, "# Operations", "", "The same request on every surface that offers it.", ""]
    for operation in declared.values():
        surfaces = ", ".join(surface for surface in Surface if operation.serves(surface))
        out += [
            f"## `{operation.words}`: {operation.title}",
            "",
            operation.doc,
            "",
            f"Command `{operation.command}`, request `{operation.request}`, `autonav {operation.words}`.",
            f"Effect: {operation.effect}. Offered in: {surfaces}.",
            "",
            "| field | needed | meaning |",
            "| --- | --- | --- |",
            *(
                f"| `{name}` | {'yes' if info.is_required() else 'no'} | {info.description or ''} |"
                for name, info in operation.params.model_fields.items()
            ),
            "",
        ]
    out += ["# Events", "", "| notification | payload |", "| --- | --- |"]
    out += [f"| `{event.method}` | {' '.join((event.payload.__doc__ or '').split())} |" for event in notified.values()]
    return "\n".join([*out, ""])


def settings_page(settings: type[BaseModel]) -> str:
    """Return the page of all settings."""
    out = [
        HEAD,
        "# Settings",
        "",
        "Read from `autonav.toml`, `.autonav.toml` or `[tool.autonav]` in `pyproject.toml`,",
        "then from the editor (section `autonav`).",
        "A later source replaces an earlier one; a guard it may only tighten.",
        "What is tunable decides which work takes a search and how that goes about its budget, and nothing else.",
        "",
        "| setting | default | kind | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for name, info in leaves(settings):
        choices = shape(info).choices
        said = (info.description or "") + (f" One of: {', '.join(choices)}." if choices else "")
        kind = _kind(extra(info))
        out.append(f"| `{name}` | `{json.dumps(default(info))}` | {kind} | {said} |")
    return "\n".join([*out, ""])


def _kind(remarks: Mapping[str, Any]) -> str:
    """Return "guard", or "tunable" and its bounds, or nothing."""
    if bounds := remarks.get("tunable"):
        return f"tunable, {bounds['ge']:g} to {bounds['le']:g}"
    return "guard" if remarks.get("guard") else ""


def rules_page(ruled: Mapping[str, Rule]) -> str:
    """Return the table of all rules."""
    rows = [
        f"| [{rule.code}](rules/{rule.code}.md) | {rule.slug} | {rule.severity} | {rule.summary} |"
        for rule in sorted(ruled.values(), key=lambda rule: rule.code)
    ]
    return "\n".join([HEAD, "# Rules", "", "| code | slug | severity | what |", "| --- | --- | --- | --- |", *rows, ""])


def rewrites_page(python: Mapping[str, Rewrite], braces: Mapping[str, Rewrite]) -> str:
    """Return the table of all rewrites with their examples, those of Python first."""
    out = [
        HEAD,
        "# Rewrites",
        "",
        "The small edits that an exploration tries: in Python, then in JavaScript, TypeScript and Go.",
        "",
    ]
    for rewrite in (*python.values(), *braces.values()):
        out += [
            f"## `{rewrite.name}`: {rewrite.title}",
            "",
            f"Prior weight {rewrite.weight:g}, {', '.join((rewrite.language, *rewrite.also))}.",
            "",
            f"```{rewrite.language}\n{rewrite.before.strip()}\n```",
            "",
            "becomes",
            "",
            f"```{rewrite.language}\n{rewrite.after.strip()}\n```",
            "",
        ]
    return "\n".join(out)
