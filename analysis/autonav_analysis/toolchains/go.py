"""Go modules."""

import re
from collections.abc import Iterator, Sequence

from autonav_analysis.toolchains._manifest import text_of
from autonav_analysis.toolchains._project import BROKEN, DECLARED, LOCKED, Detector, Project, Report
from autonav_analysis.toolchains._tree import Tree, below, has, join

MODULE = re.compile(r"^module\s+\S", re.MULTILINE)


def detect(tree: Tree, folders: Sequence[str]) -> Iterator[Project]:
    """Return a project for each module; the packages of a module belong to it."""
    for folder in folders:
        path = join(folder, "go.mod")
        text, problem = text_of(tree, path)
        if not problem and not MODULE.search(text):
            problem = f"{path} names no module"
        sum_file = has(tree, folder, "go.sum")
        is_vendored = join(folder, "vendor/modules.txt") in tree.listed
        tests = any(name.endswith("_test.go") for name in below(tree, folder, folders))
        yield Project(
            toolchain="go",
            folder=folder,
            manager="go",
            confidence=BROKEN if problem else LOCKED if sum_file else DECLARED,
            evidence=(path, join(folder, "go.sum")) if sum_file else (path,),
            install=() if is_vendored else ("go", "mod", "download"),
            build=("go", "build", "./..."),
            test=("go", "test", "-json", "./...") if tests else (),
            smoke=("go", "vet", "./..."),
            report=Report("go_json") if tests else None,
            problems=(problem,) if problem else (),
        )


DETECT = Detector("go", ("go.mod",), detect)
