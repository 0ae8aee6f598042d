"""Ways in which tests are made to pass without right code: found by syntax, and red when the old tests are run."""

from pathlib import Path
from typing import Any

import pytest

from autonav_analysis.audit.tests import assertion_counts
from support.audits import audited_file
from support.cheats import Cheat, cheats, found_in
from support.client import LspClient
from support.shop import git

CHEATS = tuple(cheats())
HIDING = tuple(each for each in CHEATS if each.hidden)


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda each: f"{each.language}: {each.name}")
def test_a_cheat_is_found_or_named_as_not_found(cheat: Cheat) -> None:
    assert found_in(cheat) == cheat.found
    assert bool(cheat.found) != bool(cheat.why)


def test_there_are_enough_of_every_language() -> None:
    assert sum(bool(each.found) for each in CHEATS) >= 60
    assert {each.language for each in CHEATS} == {"python", "typescript", "go", "rust", "settings"}
    assert len(HIDING) >= 15


async def test_the_old_tests_are_red_where_a_cheat_hides_an_error(tmp_path: Path) -> None:
    """All cheats that hide an error in one project: its own tests find nothing, the old ones find each."""
    before, after = {}, {}
    for number, cheat in enumerate(HIDING):
        for each in cheat.files:
            path = each["path"].replace("app", f"app_{number}")
            before[path], after[path] = (
                each.get(side, "").replace("app", f"app_{number}") for side in ("before", "after")
            )
        before.setdefault(f"app_{number}.py", SOURCE)
        after[f"app_{number}.py"] = cheat.hidden
    settings = "[project]\nname = 'app'\nversion = '1'\n[tool.pytest.ini_options]\npythonpath = ['.']\n"
    root = _written(tmp_path / "app", {"pyproject.toml": settings, **before})
    for argv in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "start"]):
        git(root, *argv)
    async with LspClient.start(root, options={"trusted": True}) as client:
        await client.command("autonav.start", {"task": "make it pass", "edit": ["**"]})
        _written(root, after)
        [new] = (await client.command("autonav.validate", {}))["projects"]
        assert new["broken"] == []
        [old] = (await client.command("autonav.validate", {"old_tests": True}))["projects"]
        red = {test.partition("::")[0] for test in old["broken"]}
        assert red == {f"tests/test_app_{number}.py" for number in range(len(HIDING))}

        edited = next(number for number, each in enumerate(HIDING) if "AN702 information" in each.found)
        uri = client.open(root / f"tests/test_app_{edited}.py")
        loud = await client.wait_for(lambda: _shown(client, uri, "AN702", severity=2))
        assert "the old test fails on the new code" in loud["message"]
        edits = {
            f"tests/test_app_{number}.py" for number, each in enumerate(HIDING) if "AN702 information" in each.found
        }
        assert await _warned(client) == edits
        (root / "more.py").write_text("more = 1\n")  # not what was validated any more
        assert await _warned(client) == set()
        (root / "more.py").unlink()
        assert await _warned(client) == edits
        (root / f"app_{edited}.py").write_text(SOURCE)
        assert await client.wait_for(lambda: not _shown(client, uri, "AN702", severity=2))


async def _warned(client: LspClient) -> set[str]:
    """Return where `check` warns of an expectation that changed."""
    found = (await client.command("autonav.check", {}))["findings"]
    return {each["path"] for each in found if (each["code"], each["severity"]) == ("AN702", "warning")}


def test_the_assertions_of_a_test_are_counted_before_and_after() -> None:
    before = "def test_a():\n    assert f() == 1\n    assert g() == 2\n\n\nclass TestB:\n    def test_c(self):\n        assert h() == 3\n"
    after = "import x\n\n\ndef test_a():\n    assert f() == 1\n\n\nclass TestB:\n    def test_c(self):\n        assert h()\n"
    file = audited_file({"path": "tests/test_a.py", "before": before, "after": after})
    assert [(each.test, each.identity, each.line, each.before, each.after) for each in assertion_counts(file)] == [
        ("test_a", "tests/test_a.py::test_a", 4, 2, 1),
        ("TestB.test_c", "tests/test_a.py::TestB::test_c", 9, 1, 1),
    ]


@pytest.mark.parametrize("path", ["notes.md", "src/a.py", "tests/test_a.py"])
def test_nothing_is_counted_where_no_assertion_changed(path: str) -> None:
    file = audited_file(
        {"path": path, "before": "def test_a():\n    assert f()\n", "after": "\ndef test_a():\n    assert f()\n"}
    )
    assert assertion_counts(file) == ()


@pytest.mark.parametrize(
    "path", ["tests/test_a.py", "a.test.ts", "a.test.tsx", "a.test.js", "a_test.go", "tests/a.rs", "pyproject.toml"]
)
@pytest.mark.parametrize("text", ["", "(((", "def test_a(:\n assert", "it(", "\x00", "fn f() {", "func Test", "[a\n"])
def test_broken_texts_are_read_all_the_same(path: str, text: str) -> None:
    found_in(Cheat("", "", "", ({"path": path, "before": text, "after": f"{text}\n{text}"},), ()))


SOURCE = next(
    each["before"] for cheat in CHEATS for each in cheat.files if each["path"] == "app.py" and "before" in each
)


def _written(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def _shown(client: LspClient, uri: str, code: str, *, severity: int) -> dict[str, Any] | None:
    found = (each for each in client.diagnostics.get(uri, ()) if each["code"] == code and each["severity"] == severity)
    return next(found, None)
