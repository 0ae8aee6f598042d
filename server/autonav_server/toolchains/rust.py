"""Rust crates, tested by `cargo test`."""

import os
import re

from autonav_analysis.toolchains import Project
from autonav_server.toolchain import Tests, Toolchain, installation, program

TEST_FILE = re.compile(r"(^|/)tests/|(^|/)tests?\.rs$")


def tests(root: str, project: Project, _interpreter: str | None) -> Tests:
    """Return how the tests run with the crates that are in this machine's registry; nothing is fetched."""
    cargo = program("cargo")
    home = os.environ.get("CARGO_HOME", os.path.expanduser("~/.cargo"))
    rustup = os.environ.get("RUSTUP_HOME", os.path.expanduser("~/.rustup"))
    # Not all of cargo's home: it holds the credentials of registries.
    parts = tuple(os.path.join(home, name) for name in ("bin", "registry", "git"))
    environment = {
        "CARGO_HOME": home, "RUSTUP_HOME": rustup, "CARGO_NET_OFFLINE": "true", "CARGO_TARGET_DIR": "{scratch}/target",
    }  # fmt: skip
    argv = (cargo, *project.test[1:])
    readable = (*installation(cargo), *parts, rustup)
    return Tests(argv, readable, environment, (), is_test_file, project.folder, project.report)


def is_test_file(path: str) -> bool:
    """Return whether a root-relative path is a test; those inside of sources cannot be told by their path."""
    return TEST_FILE.search(path) is not None


TOOLCHAIN = Toolchain("rust", tests, is_test_file, (".rs",))
