"""The house itself: layers, sizes, generated files, and what adding one thing takes."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from autonav_protocol import operations as declared
from autonav_protocol.collect import collect
from autonav_protocol.operation import Effect, Operation, Surface
from autonav_server import generate
from autonav_server.operations import _registry

ROOT = Path(__file__).parents[1]
ROOMS = ("server", "analysis", "protocol_ext", "editors", "tests")
LONGEST = 500


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_layers_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "pyright", "--pythonpath", sys.executable],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_generated_files_are_fresh() -> None:
    assert generate.stale() == [], f"run: {generate.COMMAND}"


def test_a_missing_generated_file_is_named(tmp_path: Path) -> None:
    package = tmp_path / "editors/vscode/package.json"
    package.parent.mkdir(parents=True)
    package.write_bytes((ROOT / "editors/vscode/package.json").read_bytes())
    assert set(generate.files()) - set(generate.stale(tmp_path)) <= {"editors/vscode/package.json"}


@pytest.mark.parametrize(
    "path", tracked("*.py", "*.ts", "*.lua", "*.scm", "*.js"), ids=lambda p: str(p.relative_to(ROOT))
)
def test_no_hand_written_file_is_long(path: Path) -> None:
    if str(path.relative_to(ROOT)) in generate.files() or "fixtures" in path.parts:
        return
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", tracked("server/*.py", "analysis/*.py", "protocol_ext/*.py"), ids=lambda p: p.name)
def test_every_module_says_what_it_is(path: Path) -> None:
    first = path.read_text("utf-8").split("\n", 1)[0]
    assert first.startswith('"""'), path


def test_every_declaration_has_a_handler_and_the_reverse(monkeypatch: pytest.MonkeyPatch) -> None:
    specs = collect(declared, "OPERATION", Operation)
    modules = {operation.module for operation in specs.values()}
    assert set(_registry.paired(specs, modules)) == {operation.words for operation in specs.values()}
    assert set(_registry.bound_operations()) == set(_registry.declared_operations())
    with pytest.raises(RuntimeError, match="'check'"):
        _registry.paired(specs, modules - {"check"})
    with pytest.raises(RuntimeError, match="'orphan'"):
        _registry.paired(specs, modules | {"orphan"})


def test_a_registry_file_without_its_constant_is_loud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry/__init__.py").write_text("")
    (tmp_path / "registry/one.py").write_text("RULES = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TypeError, match=r"registry\.one must define RULE"):
        collect(importlib.import_module("registry"), "RULE", int)


def test_grants_are_a_persons_alone() -> None:
    for operation in collect(declared, "OPERATION", Operation).values():
        programs = operation.serves(Surface.MCP) or operation.serves(Surface.ATTACH)
        assert not (operation.effect is Effect.GRANT and programs), operation.words


@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["check", "--help"]])
def test_help_imports_nothing_heavy(argv: list[str]) -> None:
    code = (
        "import sys, json\nfrom autonav_server.main import main\n"
        f"try: main({argv!r})\nexcept SystemExit: pass\n"
        "print('\\n' + json.dumps([m for m in ('pygls','lsprotocol','pydantic','tree_sitter','rich') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_the_project_speaks_of_itself_alone() -> None:
    needles = ("../" + "shared", "/work" + "/main")
    said = [
        str(path.relative_to(ROOT))
        for path in tracked("*.py", "*.md", "*.ts", "*.lua", "*.toml")
        if any(needle in path.read_text("utf-8", "replace") for needle in needles)
    ]
    assert said == []
