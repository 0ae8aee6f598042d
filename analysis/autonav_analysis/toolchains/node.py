"""Node projects of npm, pnpm and yarn."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autonav_analysis.toolchains._manifest import json_of, strings, table, text_of
from autonav_analysis.toolchains._project import (
    BROKEN,
    DECLARED,
    GUESSED,
    LOCKED,
    Argv,
    Detector,
    Project,
    Report,
)
from autonav_analysis.toolchains._tree import Tree, ancestors, below, has, join, matches

LOCKS = {
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
}
MANAGERS = ("npm", "pnpm", "yarn")
INSTALLS = {
    ("npm", True): ("npm", "ci"),
    ("npm", False): ("npm", "install"),
    ("pnpm", True): ("pnpm", "install", "--frozen-lockfile"),
    ("pnpm", False): ("pnpm", "install"),
    ("yarn", True): ("yarn", "install", "--frozen-lockfile"),
    ("yarn", False): ("yarn", "install"),
    ("yarn berry", True): ("yarn", "install", "--immutable"),
    ("yarn berry", False): ("yarn", "install"),
}
VITEST_REPORT = ".autonav-report.json"
RUNNERS = {
    "vitest": ("vitest", "run", "--reporter=json", f"--outputFile={VITEST_REPORT}"),
    "jest": ("jest", "--json"),
}
REPORTS = {"vitest": Report("jest_json", (VITEST_REPORT,)), "jest": Report("jest_json")}
"""vitest prints its report or writes it somewhere, as its version is: unless it is told where."""

OWN_FLAGS = re.compile(
    r"run|watch|dev|--(watch|watchAll|json|verbose|silent|ui|run|coverage|reporters?|outputFile)(=.*)?$"
)
SHELL = re.compile(r"[|&;<>$`()\n]")
NO_TESTS = "no test specified"
DECLARES = {"name", "scripts", "dependencies", "devDependencies", "workspaces", "packageManager"}
TEST_FILE = re.compile(r"(^|/)(tests?|__tests__)/.*\.[cm]?[jt]s$|[.-_](test|spec)\.[cm]?[jt]s$|(^|/)test\.[cm]?js$")
NODE_TEST = re.compile(r"""['"]node:test['"]""")
READ_AT_MOST = 20


def detect(tree: Tree, folders: Sequence[str]) -> Iterator[Project]:
    """Return a project for each package that is no member of a workspace; nested ones that declare nothing are none."""
    read = {folder: json_of(tree, join(folder, "package.json")) for folder in folders}
    workspaces = {folder: globs for folder in folders if (globs := _members(tree, folder, read[folder][0]))}
    for folder in folders:
        manifest, problem = read[folder]
        if folder and not problem and not DECLARES & set(manifest):
            continue
        if _workspace_of(folder, workspaces) is None:
            members = [read[each][0] for each in folders if _workspace_of(each, workspaces) == folder]
            others = [each for each in folders if _workspace_of(each, workspaces) != folder]
            yield _project(tree, folder, (manifest, *members), others, problem)


def _project(
    tree: Tree, folder: str, manifests: Sequence[Mapping[str, Any]], others: Sequence[str], problem: str
) -> Project:
    manifest = manifests[0]
    manager, lock, doubts = _manager(tree, folder, manifest)
    test, report, unread = _tests(tree, folder, manager, manifests, others)
    problems = tuple(each for each in (problem, *doubts, unread) if each)
    scripts = table(manifest, "scripts")
    name = manager.partition(" ")[0]
    declared = bool(lock) or "packageManager" in manifest or "scripts" in manifest
    return Project(
        toolchain="node",
        folder=folder,
        manager=name,
        confidence=BROKEN if problem else LOCKED if lock else DECLARED if declared else GUESSED,
        evidence=tuple(join(folder, each) for each in ("package.json", lock) if each),
        install=INSTALLS[manager, bool(lock)],
        build=(name, "run", "build") if isinstance(scripts.get("build"), str) else (),
        test=test,
        smoke=_smoke(tree, folder, manager, manifests),
        report=report,
        problems=problems,
    )


def _manager(tree: Tree, folder: str, manifest: Mapping[str, Any]) -> tuple[str, str, list[str]]:
    locks = [lock for lock in LOCKS if has(tree, folder, lock)]
    wanted = str(manifest.get("packageManager") or "")
    named, _, version = wanted.partition("@")
    doubts = []
    if wanted and named not in MANAGERS:
        doubts.append(f"the package manager {wanted[:80]!r} is not supported")
    manager = named if named in MANAGERS else LOCKS[locks[0]] if locks else "npm"
    mine = [lock for lock in locks if LOCKS[lock] == manager]
    others = [lock for lock in locks if LOCKS[lock] != manager]
    if others:
        doubts.append(f"{', '.join(join(folder, lock) for lock in others)} is of another manager than {manager}")
    if manager == "yarn" and _is_berry(tree, folder, version):
        manager = "yarn berry"
    return manager, mine[0] if mine else "", doubts


def _is_berry(tree: Tree, folder: str, version: str) -> bool:
    if version:
        return not version.startswith(("0.", "1."))
    return has(tree, folder, ".yarnrc.yml") or "__metadata:" in text_of(tree, join(folder, "yarn.lock"))[0][:1000]


def _tests(
    tree: Tree, folder: str, manager: str, manifests: Sequence[Mapping[str, Any]], others: Sequence[str]
) -> tuple[Argv, Report | None, str]:
    scripts = [script for each in manifests if isinstance(script := table(each, "scripts").get("test"), str)]
    scripts = [script for script in scripts if NO_TESTS not in script]
    needs = {name for each in manifests for key in ("devDependencies", "dependencies") for name in table(each, key)}
    own = _script(manifests[0])
    for runner in RUNNERS:
        if any(_runs(script, runner) for script in scripts):
            return (*_runner(manager, runner), *_flags(own, runner)), REPORTS[runner], ""
    if any(_is_node_test(script) for script in scripts):
        return _node_test(own), Report("junit_xml"), ""
    for runner in RUNNERS:
        if runner in needs:
            return _runner(manager, runner), REPORTS[runner], ""
    if scripts:
        said = f"the results of {scripts[0][:80]!r} are not read"
        return ((manager.partition(" ")[0], "test") if own else (), None, said)
    files = [path for path in below(tree, folder, others) if TEST_FILE.search(path)]
    if any(NODE_TEST.search(text_of(tree, join(folder, path))[0]) for path in files[:READ_AT_MOST]):
        return _node_test(""), Report("junit_xml"), ""
    return (), None, ""


def _script(manifest: Mapping[str, Any]) -> str:
    script = table(manifest, "scripts").get("test")
    return script if isinstance(script, str) and NO_TESTS not in script else ""


def _runs(script: str, runner: str) -> bool:
    return re.search(rf"(^|[\s/&;|]){runner}(\s|$)", script) is not None


def _is_node_test(script: str) -> bool:
    return re.search(r"(^|[\s;&])node\s(.*\s)?--test(\s|$)", script) is not None


def _runner(manager: str, runner: str) -> Argv:
    # plug'n'play has no node_modules that npx could look in
    return ("yarn", "run", *RUNNERS[runner]) if manager == "yarn berry" else ("npx", "--no-install", *RUNNERS[runner])


def _flags(script: str, runner: str) -> Argv:
    words = _words(script)
    return tuple(word for word in words[1:] if not OWN_FLAGS.match(word)) if words[:1] == [runner] else ()


def _node_test(script: str) -> Argv:
    words = _words(script)
    if words[:1] != ["node"] or "--test" not in words:
        return ("node", "--test", "--test-reporter=junit")
    kept = [word for word in words if not word.startswith(("--test-reporter", "--watch"))]
    at = kept.index("--test") + 1
    return (*kept[:at], "--test-reporter=junit", *kept[at:])


def _words(script: str) -> list[str]:
    try:
        return [] if SHELL.search(script) else shlex.split(script)
    except ValueError:
        return []


def _smoke(tree: Tree, folder: str, manager: str, manifests: Sequence[Mapping[str, Any]]) -> Argv:
    needs = {name for each in manifests for key in ("devDependencies", "dependencies") for name in table(each, key)}
    if "typescript" in needs and has(tree, folder, "tsconfig.json"):
        return (
            ("yarn", "run", "tsc", "--noEmit")
            if manager == "yarn berry"
            else ("npx", "--no-install", "tsc", "--noEmit")
        )
    main = manifests[0].get("main")
    for name in (main.removeprefix("./") if isinstance(main, str) else "", "index.js", "index.mjs", "src/index.js"):
        if name.endswith((".js", ".cjs", ".mjs")) and join(folder, name) in tree.listed:
            return ("node", "--check", name)
    return ()


def _members(tree: Tree, folder: str, manifest: Mapping[str, Any]) -> list[str]:
    declared = manifest.get("workspaces")
    globs = strings(declared) or strings(table(declared).get("packages"))
    if has(tree, folder, "pnpm-workspace.yaml"):
        globs = globs + _yaml_list(text_of(tree, join(folder, "pnpm-workspace.yaml"))[0], "packages")
    return globs


def _yaml_list(text: str, key: str) -> list[str]:
    found: list[str] = []
    is_inside = False
    for line in text.splitlines():
        bare = re.sub(r"(^|\s)#.*", "", line).rstrip()
        inline = re.match(rf"{key}:\s*\[(.*)\]$", bare)
        if inline:
            return [each.strip().strip("'\"") for each in inline[1].split(",") if each.strip()]
        if bare and not bare.startswith((" ", "-")):
            is_inside = bare == f"{key}:"
        elif is_inside and bare.lstrip().startswith("- "):
            found.append(bare.lstrip()[2:].strip().strip("'\""))
    return found


def _workspace_of(folder: str, workspaces: Mapping[str, Sequence[str]]) -> str | None:
    for above in ancestors(folder):
        if above in workspaces and matches(folder[len(above) + 1 :] if above else folder, workspaces[above]):
            return above
    return None


DETECT = Detector("node", ("package.json",), detect)
