"""Handle `explain-search`: read what the run kept, and render it."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from autonav_analysis.search.page import page
from autonav_protocol.operation import Surface
from autonav_protocol.operations.explain_search import ExplainSearchParams, ExplainSearchResult
from autonav_server.context import Context
from autonav_server.exploration.explorations import explained
from autonav_server.worktree.paths import cache_folder, private_folder

SHOWN = 30
"""Tries that the text lists; the page and JSON have all."""


async def run(context: Context, params: ExplainSearchParams) -> ExplainSearchResult:
    search = await asyncio.to_thread(explained, context.worktree, params.run)
    if context.surface is Surface.EDITOR:
        path = private_folder(cache_folder() / "searches") / f"{search['run']}.html"
        path.write_text(page(search), "utf-8")
        context.show(str(path), 1)
    return ExplainSearchResult(run=search["run"], explanation=search["explanation"], search=search)


def text(result: ExplainSearchResult) -> str:
    return "\n".join(_lines(result.search))


def _html(result: Any) -> str:
    return page(result.search)


FORMATS = {"html": _html}


def _lines(search: Mapping[str, Any]) -> Iterator[str]:
    yield search["explanation"]
    for each in search["candidates"]:
        yield f"verified: {each['id']} ({each['stage']}) {each['title']}"
    for number, question in enumerate(search.get("questions", ()), 1):
        yield f"question {number}: {question['call']}, without a fix it {question['now']}"
        yield from (
            f"  answer {at}: {each['outcome']} ({', '.join(each['candidates'])})"
            for at, each in enumerate(question["answers"], 1)
        )
    for each in search["costs"]:
        known = "its own cost" if each["strategy"] == search["strategy"] else "would have cost"
        said = f"{each['evaluations']} evaluations" if each["evaluations"] is not None else f"unknown: {each['why']}"
        yield f"  {each['strategy']}: {known} {said}"
    yield "most suspected: " + ", ".join(f"{path}:{line} ({score})" for path, line, score in search["suspicion"][:5])
    tried = [node for node in search["nodes"] if node["edits"] and node["result"] not in ("asked", "refused")]
    helped = [node for node in tried if "1" in node["result"]]
    yield f"{len(tried)} tried, {len(helped)} made a failing test pass"
    for node in (helped or tried)[:SHOWN]:
        yield f"  {node['result']:>12}  {' then '.join(node['edits'])}"
