"""Cargo packages and workspaces."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autonav_analysis.toolchains._manifest import strings, table, toml_of
from autonav_analysis.toolchains._project import BROKEN, DECLARED, LOCKED, Detector, Project, Report
from autonav_analysis.toolchains._tree import Tree, ancestors, has, join, matches


def detect(tree: Tree, folders: Sequence[str]) -> Iterator[Project]:
    """Return a project for each workspace, and for each package outside of one.

    cargo takes what lies below a workspace and is not excluded for a member, or fails.
    """
    read = {folder: toml_of(tree, join(folder, "Cargo.toml")) for folder in folders}
    manifests = {folder: manifest for folder, (manifest, _problem) in read.items()}
    for folder in folders:
        manifest, problem = read[folder]
        if not problem and not {"package", "workspace", "project"} & set(manifest):
            problem = f"{join(folder, 'Cargo.toml')} has neither a package nor a workspace"
        if not _is_member(folder, manifests):
            yield _project(tree, folder, "workspace" in manifest, problem)


def _project(tree: Tree, folder: str, is_workspace: bool, problem: str) -> Project:
    is_locked = has(tree, folder, "Cargo.lock")
    all_of_it = ("--workspace",) if is_workspace else ()
    locked = ("--locked",) if is_locked else ()
    evidence = ("Cargo.toml", "Cargo.lock") if is_locked else ("Cargo.toml",)
    return Project(
        toolchain="rust",
        folder=folder,
        manager="cargo",
        confidence=BROKEN if problem else LOCKED if is_locked else DECLARED,
        evidence=tuple(join(folder, name) for name in evidence),
        install=("cargo", "fetch", *locked),
        build=("cargo", "build", *all_of_it, *locked),
        test=("cargo", "test", *all_of_it, *locked, "--no-fail-fast"),
        smoke=("cargo", "check", *all_of_it, *locked),
        report=Report("cargo_text", streams=("stdout", "stderr")),
        problems=(problem,) if problem else (),
    )


def _is_member(folder: str, manifests: Mapping[str, dict[str, Any]]) -> bool:
    if "workspace" in manifests[folder]:
        return False
    for above in ancestors(folder):
        workspace = manifests.get(above, {}).get("workspace")
        if isinstance(workspace, dict):
            path = folder[len(above) + 1 :] if above else folder
            excluded = [f"{name.rstrip('/')}/**" for name in strings(table(workspace).get("exclude"))]
            return matches(path, strings(workspace.get("members"))) or not matches(path, excluded)
    return False


DETECT = Detector("rust", ("Cargo.toml",), detect)
