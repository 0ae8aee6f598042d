"""Java projects of Maven and Gradle."""

import os
import re

from autonav_analysis.toolchains import Project
from autonav_server.toolchain import Tests, Toolchain, installation, program

TEST_FILE = re.compile(r"(^|/)src/(test|integrationTest|testFixtures)/")


def tests(root: str, project: Project, _interpreter: str | None) -> Tests:
    """Return how the tests run with what is in this machine's repositories; nothing is fetched."""
    java = program("java")
    own = project.test[0].startswith("./")
    builder = os.path.join(root, project.folder, project.test[0][2:]) if own else program(project.test[0])
    maven, gradle = os.path.expanduser("~/.m2"), os.path.expanduser("~/.gradle")
    offline = ("-o", f"-Dmaven.repo.local={maven}/repository") if project.manager == "maven" else ("--offline",)
    environment = {"GRADLE_USER_HOME": "{scratch}/gradle", "GRADLE_RO_DEP_CACHE": f"{gradle}/caches", "CI": "1"}
    argv = (project.test[0] if own else builder, *offline, *project.test[1:])
    readable = (*installation(java), *(() if own else installation(builder)), f"{maven}/repository", gradle)
    return Tests(argv, readable, environment, (), is_test_file, project.folder, project.report)


def is_test_file(path: str) -> bool:
    """Return whether a root-relative path is a test or data of tests."""
    return TEST_FILE.search(path) is not None


TOOLCHAIN = Toolchain("java", tests, is_test_file, (".java", ".kt", ".groovy"))
