"""Go modules, tested by `go test`."""

import json
import subprocess

from autonav_analysis.toolchains import Project
from autonav_protocol.errors import Unavailable
from autonav_server.toolchain import Tests, Toolchain, installation, program


def tests(root: str, project: Project, _interpreter: str | None) -> Tests:
    """Return how the tests run with the modules that are in this machine's cache; nothing is fetched."""
    go = program("go")
    try:
        asked = subprocess.run(
            [go, "env", "-json", "GOROOT", "GOMODCACHE"], capture_output=True, timeout=30, check=True
        )
        known = json.loads(asked.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise Unavailable(f"{go} does not run: {error}", "autonav doctor") from error
    environment = {
        "GOCACHE": "{scratch}/go-build", "GOPROXY": "off", "GOTOOLCHAIN": "local",
        "GOMODCACHE": known["GOMODCACHE"], "GOROOT": known["GOROOT"],
    }  # fmt: skip
    readable = (*installation(go), known["GOROOT"], known["GOMODCACHE"])
    return Tests((go, *project.test[1:]), readable, environment, (), is_test_file, project.folder, project.report)


def is_test_file(path: str) -> bool:
    """Return whether a root-relative path is a test or data of tests."""
    return path.endswith("_test.go") or "/testdata/" in f"/{path}"


TOOLCHAIN = Toolchain("go", tests, is_test_file, (".go",))
