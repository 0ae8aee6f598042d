"""Go modules, tested by `go test`."""

import glob
import json
import os
import re
import subprocess
from collections.abc import Sequence
from functools import partial

from autonav_analysis.coverage import go_lines
from autonav_analysis.toolchains import Project
from autonav_protocol.errors import Unavailable
from autonav_server.toolchain import TRACE, Ran, Tests, Toolchain, Trace, installation, program

ID = re.compile(r"(?P<package>.+?)\.(?P<test>(?:Test|Example|Fuzz)[^/]*(?:/.*)?)$")
MODULE = re.compile(r"^module\s+(?P<name>\S+)", re.MULTILINE)
MOST_TRACED = 200
TRACER = """
go=$1; trace=$2; shift 2; mkdir -p "$trace"; here=$PWD
while [ $# -gt 0 ]; do
  number=$1; folder=$2; pattern=$3; shift 3
  binary=$trace/$(echo "$folder" | tr / _).test
  [ -e "$binary" ] || "$go" test -c -coverpkg=./... -o "$binary" "./$folder" || continue
  (cd "$folder" && "$here/$binary" -test.run "$pattern" -test.coverprofile "$here/$trace/$number.out")
done
"""
"""Builds each package's tests once, counting, and runs them one at a time: number, folder and pattern of each follow."""


def tests(root: str, project: Project, _interpreter: str | None) -> Tests:
    """Return how the tests run, each time anew, with the modules that are in this machine's cache; nothing is fetched."""
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
        "GODEBUG": "goindex=0",  # the index of packages is all that go cannot do without writing to its cache
    }  # fmt: skip
    readable = (*installation(go), known["GOROOT"], known["GOMODCACHE"])
    module = _module(os.path.join(root, project.folder, "go.mod"))
    return Tests(
        (go, "test", "-count=1", *project.test[2:]), readable, environment, (), is_test_file, project.folder, project.report,
        runner="go test", select=select, trace=partial(trace, module), fill=(go, "test", "-exec", "/bin/true", "./..."), kept="GOCACHE",
    )  # fmt: skip


def select(argv: Sequence[str], ids: Sequence[str]) -> tuple[str, ...]:
    """Return the command that runs the tests that hold these, in the packages of these."""
    found = [match for each in ids if (match := ID.fullmatch(each))]
    if not found:
        return tuple(argv)
    names = sorted({match["test"].partition("/")[0] for match in found})
    packages = sorted({match["package"] for match in found})
    pattern = f"^({'|'.join(map(re.escape, names))})$"
    return (*(each for each in argv if each != "./..."), "-run", pattern, *packages)


def trace(module: str, tests: Tests, ids: Sequence[str], test: str) -> Trace | None:
    """Return how each test is run alone and counted, that in question and its package first, and so many at the most."""
    wanted = ID.fullmatch(test)
    if wanted is None:
        return None
    inner = {each.rpartition("/")[0] for each in ids}
    alone = [each for each in ids if each not in inner and each != test and ID.fullmatch(each)]
    alone.sort(key=lambda each: not each.startswith(f"{wanted['package']}."))
    traced = [test, *alone][:MOST_TRACED]
    said = f"{len(alone) + 1 - len(traced)} tests were not traced" if len(alone) >= MOST_TRACED else ""
    argv = ["/bin/sh", "-c", TRACER, "sh", tests.argv[0], TRACE]
    for number, each in enumerate(traced):
        match = ID.fullmatch(each)
        assert match is not None
        pattern = "/".join(f"^{re.escape(part)}$" for part in match["test"].split("/"))
        argv += [str(number), match["package"][len(module) + 1 :] or ".", pattern]

    def read(folder: str, _root: str) -> Ran:
        found = {}
        for path in glob.glob(os.path.join(glob.escape(folder), TRACE, "*.out")):
            with open(path, encoding="utf-8", errors="replace") as file:
                found[traced[int(os.path.basename(path)[:-4])]] = go_lines(file.read(), module)
        return found

    return Trace(tuple(argv), {}, (), read, said)


def _module(path: str) -> str:
    """Return the name of the module of a go.mod, "" for none."""
    try:
        with open(path, encoding="utf-8") as file:
            named = MODULE.search(file.read())
    except OSError:
        return ""
    return named["name"].strip('"') if named else ""


def is_test_file(path: str) -> bool:
    """Return whether a root-relative path is a test or data of tests."""
    return path.endswith("_test.go") or "/testdata/" in f"/{path}"


TOOLCHAIN = Toolchain("go", tests, is_test_file, (".go",), explored=True)
