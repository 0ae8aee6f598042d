"""Trees of files and the projects that are found in them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autonav_analysis.toolchains import Project, Report, detect

Files = dict[str, str | bytes]

PYTEST = "def test_a():\n    assert True\n"
UNITTEST = "import unittest\n\nclass T(unittest.TestCase):\n    def test_a(self): pass\n"
PACKAGE = '[project]\nname = "a"\n[build-system]\nrequires = ["hatchling"]\n'
NODE_TEST = "import test from 'node:test';\n"
PLACEHOLDER = '{"name": "a", "scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'
JUNIT = "src/test/java/ATest.java"

# name, files, then for each project "toolchain:folder", what is said of it
CASES: list[tuple[str, Files, dict[str, dict[str, Any]]]] = [
    ("nothing", {"README.md": ""}, {}),
    (
        "pip, requirements and pytest",
        {"requirements.txt": "pytest==8\n", "app/__init__.py": "", "tests/test_a.py": PYTEST},
        {
            "python:": {
                "manager": "pip",
                "confidence": 0.7,
                "install": "python -m pip install -r requirements.txt",
                "test": "python -m pytest",
                "smoke": "python -c import app",
                "report": Report("pytest"),
            }
        },
    ),
    (
        "pip, setup.py and unittest",
        {"setup.py": "", "a/__init__.py": "", "tests/test_a.py": UNITTEST},
        {
            "python:": {
                "install": "python -m pip install -e .",
                "build": "python -m pip wheel --no-deps --wheel-dir dist .",
                "test": "python -m unittest discover -v -s tests",
                "report": Report("unittest_text", streams=("stderr",)),
            }
        },
    ),
    (
        "unittest in a package of tests",
        {"a.py": "", "tests/__init__.py": "", "tests/a_test.py": UNITTEST},
        {"python:": {"confidence": 0.4, "test": "python -m unittest discover -v -p *_test.py"}},
    ),
    (
        "uv",
        {
            "pyproject.toml": PACKAGE + '[project.optional-dependencies]\ntest = ["pytest"]\n',
            "uv.lock": "",
            "src/a/__init__.py": "",
            "tests/test_a.py": UNITTEST,
        },
        {
            "python:": {
                "manager": "uv",
                "confidence": 0.9,
                "evidence": ("pyproject.toml", "uv.lock"),
                "install": "uv sync --frozen --extra test",
                "build": "uv build",
                "test": "uv run --no-sync python -m pytest",
                "smoke": "uv run --no-sync python -c import a",
            }
        },
    ),
    (
        "poetry",
        {"pyproject.toml": '[tool.poetry]\nname = "a"\n[tool.poetry.group.dev.dependencies]\npytest = "*"\n', "poetry.lock": ""},
        {
            "python:": {
                "manager": "poetry",
                "install": "poetry install --no-interaction",
                "build": "",
                "test": "poetry run python -m pytest",
            }
        },
    ),
    ("both locks", {"pyproject.toml": PACKAGE, "uv.lock": "", "poetry.lock": ""}, {"python:": {"manager": "uv", "problems": 1}}),
    (
        "a folder with settings of tools alone, documentation and tests are no projects",
        {
            "pyproject.toml": PACKAGE,
            "a/pyproject.toml": "[tool.ruff]\n",
            "docs/requirements.txt": "sphinx\n",
            "docs/conf.py": "",
            "tests/requirements.txt": "",
            "tests/test_a.py": PYTEST,
        },
        {"python:": {}},
    ),
    (
        "members of a uv workspace are projects with its lock",
        {"pyproject.toml": PACKAGE + '[tool.uv.workspace]\nmembers = ["packages/*"]\n', "uv.lock": "", "packages/b/pyproject.toml": PACKAGE},
        {"python:": {"manager": "uv"}, "python:packages/b": {"manager": "uv", "confidence": 0.9}},
    ),
    (
        "npm",
        {"package.json": '{"main": "./a.js", "scripts": {"test": "jest --ci --watch", "build": "b"}}', "package-lock.json": "{}", "a.js": ""},
        {
            "node:": {
                "manager": "npm",
                "confidence": 0.9,
                "install": "npm ci",
                "build": "npm run build",
                "test": "npx --no-install jest --json --ci",
                "smoke": "node --check a.js",
                "report": Report("jest_json"),
            }
        },
    ),
    (
        "pnpm and vitest",
        {"package.json": '{"devDependencies": {"vitest": "1", "typescript": "5"}}', "pnpm-lock.yaml": "", "tsconfig.json": "{}"},
        {
            "node:": {
                "manager": "pnpm",
                "install": "pnpm install --frozen-lockfile",
                "test": "npx --no-install vitest run --reporter=json --outputFile=.autonav-report.json",
                "smoke": "npx --no-install tsc --noEmit",
            }
        },
    ),
    (
        "yarn classic",
        {"package.json": '{"name": "a"}', "yarn.lock": "# yarn lockfile v1\n"},
        {"node:": {"manager": "yarn", "install": "yarn install --frozen-lockfile", "test": "", "report": None}},
    ),
    (
        "yarn berry",
        {"package.json": '{"devDependencies": {"jest": "1"}, "packageManager": "yarn@4.1.0"}', "yarn.lock": ""},
        {"node:": {"manager": "yarn", "install": "yarn install --immutable", "test": "yarn run jest --json"}},
    ),
    (
        "packageManager wins over a lock of another",
        {"package.json": '{"packageManager": "pnpm@9.1.0+sha512.a"}', "package-lock.json": "{}"},
        {"node:": {"manager": "pnpm", "install": "pnpm install", "problems": 1}},
    ),
    ("npm's placeholder", {"package.json": PLACEHOLDER}, {"node:": {"install": "npm install", "test": "", "problems": 0}}),
    (
        "node:test by its files",
        {"package.json": PLACEHOLDER, "test/a.test.mjs": NODE_TEST},
        {"node:": {"test": "node --test --test-reporter=junit", "report": Report("junit_xml")}},
    ),
    (
        "node:test by its script",
        {"package.json": '{"scripts": {"test": "node --import tsx --test --watch \'src/**/*.test.ts\'"}}'},
        {"node:": {"test": "node --import tsx --test --test-reporter=junit src/**/*.test.ts"}},
    ),
    (
        "a runner whose results are not read",
        {"package.json": '{"scripts": {"test": "mocha"}}', "package-lock.json": "{}"},
        {"node:": {"test": "npm test", "report": None, "problems": 1}},
    ),
    (
        "a script of the shell is not taken apart",
        {"package.json": '{"scripts": {"test": "tsc && vitest run; rm -rf $HOME"}}'},
        {"node:": {"test": "npx --no-install vitest run --reporter=json --outputFile=.autonav-report.json"}},
    ),
    (
        "an npm workspace",
        {
            "package.json": '{"workspaces": ["packages/*", "!packages/old"]}',
            "package-lock.json": "{}",
            "packages/a/package.json": '{"name": "a", "devDependencies": {"vitest": "1"}}',
            "packages/old/package.json": '{"name": "old"}',
            "tools/b/package.json": '{"name": "b"}',
            "tools/c/package.json": '{"type": "module"}',
        },
        {"node:": {"test": "npx --no-install vitest run --reporter=json --outputFile=.autonav-report.json"}, "node:packages/old": {}, "node:tools/b": {}},
    ),
    (
        "a pnpm workspace",
        {
            "package.json": '{"name": "a"}',
            "pnpm-workspace.yaml": "# all\npackages:\n  - 'apps/**'  # deep\nother:\n  - tools/*\n",
            "apps/x/y/package.json": '{"name": "y"}',
            "tools/b/package.json": '{"name": "b"}',
        },
        {"node:": {}, "node:tools/b": {}},
    ),
    (
        "go modules",
        {"go.mod": "module example.com/a\n", "go.sum": "", "a_test.go": "", "sub/go.mod": "module example.com/b\n", "vendor/modules.txt": ""},
        {
            "go:": {
                "confidence": 0.9,
                "install": "",
                "build": "go build ./...",
                "test": "go test -json ./...",
                "smoke": "go vet ./...",
                "report": Report("go_json"),
            },
            "go:sub": {"confidence": 0.7, "install": "go mod download", "test": "", "report": None},
        },
    ),
    (
        "a cargo workspace",
        {
            "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\nexclude = ["tools"]\n',
            "Cargo.lock": "",
            "crates/a/Cargo.toml": '[package]\nname = "a"\n',
            "tools/b/Cargo.toml": '[package]\nname = "b"\n',
        },
        {
            "rust:": {
                "install": "cargo fetch --locked",
                "test": "cargo test --workspace --locked --no-fail-fast",
                "smoke": "cargo check --workspace --locked",
                "report": Report("cargo_text", streams=("stdout", "stderr")),
            },
            "rust:tools/b": {"install": "cargo fetch", "test": "cargo test --no-fail-fast"},
        },
    ),
    (
        "maven with modules",
        {
            "pom.xml": '<m:project xmlns:m="x"><m:modules><m:module>core</m:module></m:modules></m:project>',
            "core/pom.xml": "<project><modules><module>deep</module></modules></project>",
            f"core/{JUNIT}": "",
            "core/deep/pom.xml": "<project/>",
            "other/pom.xml": "<project/>",
            "other/mvnw": "",
        },
        {
            "java:": {
                "manager": "maven",
                "install": "mvn -q -B -DskipTests test-compile",
                "test": "mvn -q -B -fae test",
                "report": Report("junit_xml", ("**/target/surefire-reports/TEST-*.xml",)),
            },
            "java:other": {"confidence": 0.9, "install": "./mvnw -q -B dependency:go-offline", "test": ""},
        },
    ),
    (
        "gradle with members",
        {"settings.gradle.kts": "", "gradlew": "", "app/build.gradle.kts": "", f"app/{JUNIT}": "", "buildSrc/build.gradle": ""},
        {
            "java:": {
                "manager": "gradle",
                "test": "./gradlew --no-daemon --console=plain -q --continue test",
                "report": Report("junit_xml", ("**/build/test-results/*/TEST-*.xml",)),
            }
        },
    ),
    ("maven and gradle", {"pom.xml": "<project/>", "build.gradle": "", "gradlew": ""}, {"java:": {"manager": "gradle", "problems": 1}}),
    (
        "a monorepo",
        {"go/go.mod": "module a\n", "web/package.json": '{"name": "w"}', "py/pyproject.toml": PACKAGE, "go/web/package.json": '{"name": "v"}'},
        {"go:go": {}, "node:go/web": {}, "python:py": {}, "node:web": {}},
    ),
    (
        "vendored, built, hidden and tests' data",
        {
            f"{folder}/x/{name}": text
            for folder in (
                "node_modules", "a/node_modules", "vendor", ".venv", "target", "dist", "build", "lib/site-packages",
                "third_party", ".git", "tests/fixtures", "testdata",
            )
            for name, text in {"package.json": '{"name": "a"}', "go.mod": "module a\n", "setup.py": "", "pom.xml": "<project/>", "Cargo.toml": "[package]"}.items()
        },
        {},
    ),
]  # fmt: skip

MANIFESTS = {
    "package.json": "node",
    "pyproject.toml": "python",
    "Cargo.toml": "rust",
    "go.mod": "go",
    "pom.xml": "java",
    "build.gradle": "java",
}
BROKEN = {"cut": b'{"[<', "binary": b"\0\1\2", "not UTF-8": b"\xff\xfe\xfa", "huge": b" " * (5 << 20), "empty": b""}
GOOD = {("build.gradle", "cut"), ("build.gradle", "empty"), ("pyproject.toml", "empty")}


def found(files: Files) -> dict[str, Project]:
    def read(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(path)
        content = files[path]
        return content.encode() if isinstance(content, str) else content

    projects = detect(list(files), read)
    assert list(projects) == sorted(projects, key=lambda each: (each.folder, each.toolchain))
    return {f"{each.toolchain}:{each.folder}": each for each in projects}


@pytest.mark.parametrize(("files", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_projects_are_found(files: Files, expected: dict[str, dict[str, Any]]) -> None:
    projects = found(files)
    assert set(projects) == set(expected)
    for key, said in expected.items():
        for name, value in said.items():
            actual = getattr(projects[key], name)
            if name in ("install", "build", "test", "smoke"):
                actual = " ".join(actual)
            assert (len(actual) if name == "problems" else actual) == value, (key, name)


@pytest.mark.parametrize(
    ("manifest", "how"), [(name, how) for name in MANIFESTS for how in BROKEN if (name, how) not in GOOD]
)
def test_a_broken_manifest_is_said_and_lowers_confidence(manifest: str, how: str) -> None:
    projects = found({manifest: BROKEN[how], "a.py": ""})
    project = projects[f"{MANIFESTS[manifest]}:"]
    assert project.confidence == 0.2
    assert manifest in project.problems[0]


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_a_manifest_that_cannot_be_read_is_said(manifest: str) -> None:
    def read(path: str) -> bytes:
        raise PermissionError(13, "Permission denied", path)

    projects = [each for each in detect([manifest], read) if each.toolchain == MANIFESTS[manifest]]
    assert projects[0].problems == (f"{manifest} cannot be read: Permission denied",)


def test_entities_in_a_pom_are_refused() -> None:
    pom = '<!DOCTYPE p [<!ENTITY a "b">]><project><modules><module>&a;</module></modules></project>'
    assert "declares entities" in found({"pom.xml": pom})["java:"].problems[0]


@given(
    st.dictionaries(
        st.sampled_from([f"{folder}{name}" for folder in ("", "a/", "a/b/") for name in (*MANIFESTS, "uv.lock", "pnpm-workspace.yaml", "setup.cfg")]),
        st.sampled_from(
            ["", "{}", "[]", "null", '{"workspaces": 1, "scripts": [], "dependencies": "x", "packageManager": 3, "main": {}}',
             '{"workspaces": {"packages": ["**", 4]}, "scripts": {"test": "jest \'"}}',
             "workspace = 1\nproject = []\ntool = 3\n", '[project]\noptional-dependencies = ["a"]\n[tool.poetry]\ngroup = 1\n',
             "[workspace]\nmembers = 'x'\nexclude = [1]\n", "<project><modules><module>..</module><module/></modules></project>",
             "[" * 50_000, "a = " + "[" * 50_000, "<a>" * 1000]
        ),
    )
)  # fmt: skip
def test_no_manifest_raises(files: dict[str, str]) -> None:
    for project in found(dict(files)).values():
        assert 0 < project.confidence <= 1
        assert all(
            isinstance(word, str) for command in (project.install, project.test, project.smoke) for word in command
        )
