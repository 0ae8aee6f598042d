"""Node projects, whose tests its own runner, jest, vitest or a script runs."""

import os
import re

from autonav_analysis.toolchains import Project
from autonav_server.toolchain import Tests, Toolchain, installation, program

TEST_FILE = re.compile(r"(^|/)(tests?|__tests__|__mocks__|__snapshots__)/|[._-](test|spec)s?\.[cm]?[jt]sx?$")


def tests(root: str, project: Project, _interpreter: str | None) -> Tests:
    """Return how the tests run with the packages that are installed; nothing is fetched."""
    node = program("node")
    argv = list(project.test)
    if argv[:2] == ["npx", "--no-install"]:
        argv[:3] = [node, os.path.join("node_modules", ".bin", argv[2])]
    elif argv[0] == "node":
        argv[0] = node
    else:
        argv[0] = program(argv[0])
    folders = {os.path.join(root, project.folder, "node_modules"), os.path.join(root, "node_modules")}
    packages = tuple(sorted(each for each in folders if os.path.isdir(each)))
    environment = {"CI": "1", "NO_COLOR": "1", "npm_config_offline": "true", "npm_config_cache": "{scratch}/npm"}
    readable = (*installation(node), *packages)
    return Tests(tuple(argv), readable, environment, (), is_test_file, project.folder, project.report)


def is_test_file(path: str) -> bool:
    """Return whether a root-relative path is a test or a helper of tests."""
    return TEST_FILE.search(path) is not None


TOOLCHAIN = Toolchain("node", tests, is_test_file, (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"))
