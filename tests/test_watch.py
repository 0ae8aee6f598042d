"""`autonav watch`: findings in a terminal as they appear and go, until interrupted."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.shop import shop  # noqa: F401
from test_cli import _apart, at_a_terminal, autonav  # noqa: F401


class Said:
    """What a process has printed so far, read by a thread."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.lines: list[str] = []
        threading.Thread(target=lambda: self.lines.extend(process.stdout or ()), daemon=True).start()

    def __call__(self, *words: str) -> str:
        """Return the first line that holds all words, once it is there."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            for line in list(self.lines):
                if all(word in line for word in words):
                    return line
            time.sleep(0.02)
        raise AssertionError(f"{words} not in {self.lines}")


@contextmanager
def watching(folder: Path, ended: int = 0) -> Iterator[Said]:
    command = [str(Path(sys.executable).parent / "autonav"), "watch", "-C", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1) as process:
        try:
            yield Said(process)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == ended


def test_findings_appear_and_go(shop: Path) -> None:  # noqa: F811
    with watching(shop) as said:
        said("no task is active", str(shop))
        autonav(shop, "start", "--edit", "shop/**", "t")
        said("task t: may edit shop/**")
        (shop / "docs.md").write_text("x")
        assert "\x1b[" not in said("error AN101 docs.md:1", "outside task")
        autonav(shop, "put-back", "docs.md")
        said("gone AN101 docs.md")
        os.rename(shop / "run.sh", os.fsencode(shop) + b"/\xff\n.sh")
        said("AN101 run.sh")
        said("AN101", "\\xff")
        assert at_a_terminal(shop, "finish")[0] == 0
        said("gone AN101 run.sh")


def test_a_place_that_cannot_be_watched_is_said(tmp_path: Path) -> None:
    with watching(tmp_path / "missing", ended=2) as said:
        assert "missing" in said("autonav:")
        time.sleep(0.2)
