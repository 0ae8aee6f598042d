"""The page that explains a search: whole, escaped, and opened by a real browser."""

import json
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from autonav_analysis.search.page import page
from support.workbench import CHROMIUM

TREES = sorted((Path(__file__).parent / "fixtures/search").glob("*.json"))
VOID = ("meta", "link", "br")


def search(tree: Path) -> dict[str, Any]:
    return {
        **json.loads(tree.read_text()),
        "run": "0123abcd",
        "test": "tests/test_<x>.py::test_y",
        "seconds": 1.0,
        "explanation": "3 tried & none <verified>",
        "costs": [{"strategy": "hill", "evaluations": None, "known": 3, "why": "it asks"}],
        "candidates": [{"id": "c0ffee", "title": "`a < b`", "stage": "first order"}],
        "suspicion": [["x.py", 3, 0.7071]],
    }


class Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("tree", TREES, ids=lambda each: each.stem)
def test_the_page_is_whole_and_needs_nothing_else(tree: Path) -> None:
    written = page(search(tree))
    parser = Balanced()
    parser.feed(written)
    assert (parser.open, parser.links) == ([], [])
    assert "<script" not in written
    assert "tests/test_&lt;x&gt;.py::test_y" in written
    shown = sum(bool(node["edits"]) for node in search(tree)["nodes"])
    assert written.count("<details") == shown + 1


def test_a_browser_shows_the_page(tmp_path: Path) -> None:
    if not CHROMIUM:
        pytest.skip("chromium is not installed")
    path = tmp_path / "search.html"
    path.write_text(page(search(TREES[-1])))
    argv = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}/data",
        "--dump-dom",
        path.as_uri(),
    ]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    assert "What was tried" in done.stdout
    assert "more than 3" in done.stdout
