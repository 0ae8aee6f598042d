"""A search as one HTML page that needs nothing else: no script, no style sheet, no network."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

STYLE = (
    "body{font:14px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1f2328;background:#fff}"
    "code{font:12px ui-monospace,monospace}table{border-collapse:collapse;margin:.5rem 0}"
    "td,th{padding:.2rem .8rem;text-align:left;border-bottom:1px solid #d0d7de}details{margin:.15rem 0 .15rem 1.2rem}"
    ".ok{color:#1a7f37}.bad{color:#cf222e}.dim{color:#656d76}summary{cursor:pointer}"
    "@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}td,th{border-color:#30363d}.dim{color:#8d96a0}"
    ".ok{color:#3fb950}.bad{color:#f85149}}"
)


def page(search: Mapping[str, Any]) -> str:
    """Return the page of what `snapshot` and the run's outcome say."""
    return "".join(_page(search))


def _page(search: Mapping[str, Any]) -> Iterator[str]:
    title = f"Search {search['run']} for {search['test']}"
    yield f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title>"
    yield f"<meta name='viewport' content='width=device-width'><style>{STYLE}</style></head><body>"
    yield f"<h1>{escape(title)}</h1><p>{escape(search['explanation'])}</p>"
    if search["candidates"]:
        rows = ((each["id"], each["stage"], each["title"]) for each in search["candidates"])
        yield from _table("Verified", ("candidate", "stage", "change"), rows)
    for question in search.get("questions", ()):
        rows = ((each["outcome"], ", ".join(each["candidates"]), each["test"]) for each in question["answers"])
        yield from _table(f"Which is right? {question['call']}", ("it", "with", "as a test"), rows)
        yield f"<p class='dim'>Without a fix it {escape(question['now'])}.</p>"
    if search["costs"]:
        rows = ((each["strategy"], _cost(each), each["why"]) for each in search["costs"])
        yield from _table(
            "What each strategy needed, or would have", ("strategy", "evaluations", "why not known"), rows
        )
    rows = ((f"{path}:{line}", f"{score:.2f}") for path, line, score in search["suspicion"])
    yield from _table("Suspected lines", ("line", "suspicion"), rows)
    yield "<h2>What was tried</h2><p class='dim'>Each digit is a failing test: 1 where it then passes.</p>"
    nodes = {node["id"]: node for node in search["nodes"]}
    yield from _node(nodes, nodes[search["root"]], set(), is_root=True)
    yield "</body></html>"


def _table(title: str, heads: tuple[str, ...], rows: Iterator[tuple[Any, ...]] | Any) -> Iterator[str]:
    yield f"<h2>{escape(title)}</h2><table><tr>" + "".join(f"<th>{escape(each)}</th>" for each in heads) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(f"<td><code>{escape(str(each))}</code></td>" for each in row) + "</tr>"
    yield "</table>"


def _cost(cost: Mapping[str, Any]) -> str:
    return str(cost["evaluations"]) if cost["evaluations"] is not None else f"more than {cost['known']}"


def _node(nodes: Mapping[str, Any], node: Mapping[str, Any], seen: set[str], *, is_root: bool = False) -> Iterator[str]:
    seen.add(node["id"])
    children = [nodes[child] for group in node.get("groups", ()) for child in group["children"] if child in nodes]
    children = [each for each in children if each["id"] not in seen]
    label = "the sources as they were" if is_root else escape(node["edits"][-1])
    tone = (
        "ok"
        if "1" in node["result"] and "broken" not in node["result"]
        else "bad"
        if "broken" in node["result"]
        else "dim"
    )
    said = f"<code>{label}</code> <span class='{tone}'>{escape(node['result'])}</span>"
    if not children:
        yield f"<details><summary>{said}</summary></details>"
        return
    yield f"<details{' open' if is_root else ''}><summary>{said} <span class='dim'>{len(children)} below</span></summary>"
    for child in sorted(children, key=lambda each: ("1" not in each["result"], each["id"])):
        if child["id"] not in seen:
            yield from _node(nodes, child, seen)
    yield "</details>"
