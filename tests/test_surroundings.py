"""What a change adds to the packages and licences of a worktree, and what is installed there."""

import json
from pathlib import Path

import pytest

from autonav_analysis.audit.dependencies import packages_in
from autonav_analysis.audit.licences import spdx, verdict
from autonav_protocol.settings import ALLOWED_LICENCES, ASKED_LICENCES, DENIED_LICENCES
from support.shop import git, shop  # noqa: F401
from test_cli import _apart, autonav  # noqa: F401


def install(root: Path, name: str, metadata: str) -> None:
    """Write what an environment holds of a package."""
    folder = root / f".venv/lib/python3.11/site-packages/{name}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{metadata}\n")


@pytest.fixture
def environment(shop: Path) -> Path:  # noqa: F811
    """A worktree with an environment, node_modules and a vendored Go module, none of them in git."""
    install(shop, "kind", "License-Expression: MIT")
    install(shop, "strict", "Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)")
    install(shop, "silent", "")
    package = shop / "node_modules/@a/b/package.json"
    package.parent.mkdir(parents=True)
    package.write_text('{"name": "@a/b", "version": "2.0.0", "license": "(MIT OR GPL-3.0-only)"}')
    module = shop / "vendor/example.com/m"
    module.mkdir(parents=True)
    (module / "LICENSE").write_text("Mozilla Public License Version 2.0\n===\n")
    (shop / "vendor/modules.txt").write_text("# example.com/m v1.2.3\n## explicit\n")
    (shop / ".git/info/exclude").write_text(".venv\nnode_modules\nvendor\n")
    return shop


@pytest.mark.parametrize(
    ("words", "expression", "said"),
    [
        ("MIT", "MIT", "allowed"),
        ("The MIT License", "MIT", "allowed"),
        ("MIT/Apache-2.0", "MIT OR Apache-2.0", "allowed"),
        ("MIT OR GPL-3.0-only", "MIT OR GPL-3.0-only", "allowed"),
        ("Apache-2.0 AND LGPL-2.1-only", "Apache-2.0 AND LGPL-2.1-only", "ask"),
        ("MIT AND AGPL-3.0-only", "MIT AND AGPL-3.0-only", "denied"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0", "denied"),
        ("BSD License", "BSD-3-Clause", "allowed"),
        ("Beerware", "Beerware", "ask"),
        ("see LICENSE", "", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_licences(words: str, expression: str, said: str) -> None:
    assert spdx(words) == expression
    assert verdict(expression, ALLOWED_LICENCES, ASKED_LICENCES, DENIED_LICENCES) == said


@pytest.mark.parametrize(
    ("path", "text", "packages"),
    [
        ("pyproject.toml", '[dependency-groups]\ndev = ["A_b>=1", {include-group = "x"}]\n[tool.poetry.dependencies]\npython = "^3"\nc = "1"\n', {"python:a-b", "python:c"}),
        ("requirements/dev.txt", "# no\n-r base.txt\nflask[async]==3 ; python_version > '3'\n", {"python:flask"}),
        ("uv.lock", '[[package]]\nname = "x"\n', {"python:x"}),
        ("Pipfile.lock", '{"default": {"x": {}}, "develop": {"y": {}}}', {"python:x", "python:y"}),
        ("package-lock.json", '{"packages": {"": {}, "node_modules/a/node_modules/@b/c": {}}}', {"node:@b/c"}),
        ("pnpm-lock.yaml", "packages:\n\n  '@a/b@1.0.0':\n  c@2.0.0:\n", {"node:@a/b", "node:c"}),
        ("yarn.lock", '"@a/b@^1.0":\n  version "1"\nc@^2:\n', {"node:@a/b", "node:c"}),
        ("go.sum", "example.com/m v1.0.0 h1:x\n", {"go:example.com/m"}),
        ("Cargo.lock", '[[package]]\nname = "rand"\n', {"rust:rand"}),
        ("package.json", "{", set()),
        ("pyproject.toml", "[project]\ndependencies = 1\n", set()),
    ],
)  # fmt: skip
def test_packages(path: str, text: str, packages: set[str]) -> None:
    assert packages_in(path, text.encode()) == packages


def test_a_new_package_is_told_with_its_licence(environment: Path) -> None:
    (environment / "requirements.txt").write_text("known\n")
    git(environment, "add", "-A")
    git(environment, "commit", "-qm", "requirements")
    autonav(environment, "start", "--edit", "**", "t")
    (environment / "pyproject.toml").write_text('[project]\ndependencies = [\n  "kind",\n  "strict",\n  "known",\n]\n')
    found = json.loads(autonav(environment, "check", "--format", "json"))["findings"]
    assert [(each["code"], each["line"], each["severity"]) for each in found] == [
        ("AN401", 3, "information"), ("AN401", 4, "information"), ("AN402", 4, "warning"),
    ]  # fmt: skip
    assert "GPL-3.0-only, which the policy denies" in found[2]["message"]
    (environment / "autonav.toml").write_text('[licences]\ndeny = ["!GPL-3.0-only"]\nallow = ["GPL-*", "MIT"]\n')
    git(environment, "add", "autonav.toml")
    git(environment, "commit", "-qm", "policy")
    codes = {
        each["code"]
        for each in json.loads(autonav(environment, "check", "--base", "HEAD", "--format", "json"))["findings"]
    }
    assert codes == {"AN401"}


def test_the_packages_of_the_environment_are_listed(environment: Path) -> None:
    answer = json.loads(autonav(environment, "audit-licenses", "--format", "json", code=1))
    assert [(each["ecosystem"], each["name"], each["licence"], each["verdict"]) for each in answer["packages"]] == [
        ("go", "example.com/m", "MPL-2.0", "ask"),
        ("node", "@a/b", "MIT OR GPL-3.0-only", "allowed"),
        ("python", "kind", "MIT", "allowed"),
        ("python", "silent", "", "unknown"),
        ("python", "strict", "GPL-3.0-only", "denied"),
    ]
    assert answer["counts"] == {"allowed": 2, "ask": 1, "denied": 1, "unknown": 1}
    assert "5 packages: 2 allowed, 1 ask, 1 denied, 1 unknown" in autonav(
        environment, "audit-licenses", "--fail-on", "never"
    )


def test_a_notice_is_foreign_where_no_other_file_has_it(shop: Path) -> None:  # noqa: F811
    (shop / "shop/own.py").write_text("# Copyright 2020 The Shop Authors\n")
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "own")
    autonav(shop, "start", "--edit", "**", "t")
    (shop / "shop/a.py").write_text(
        "# Copyright 2026 the shop authors. All rights reserved.\n# Copyright 2011 Jane Doe\n"
    )
    (shop / "shop/own.py").write_text("# Copyright 2020-2026 The Shop Authors\n")
    found = json.loads(autonav(shop, "check", "--format", "json"))["findings"]
    assert [(each["code"], each["path"], each["line"]) for each in found] == [("AN403", "shop/a.py", 2)]
