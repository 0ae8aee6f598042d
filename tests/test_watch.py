"""`autonav watch`: findings in a terminal as they appear and go, until interrupted."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.shop import shop  # noqa: F401
from test_cli import _apart, as_json, at_a_terminal, autonav  # noqa: F401


class Said:
    """What a process has printed so far, read by a thread."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
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
            if ended == 0:
                process.send_signal(signal.SIGINT)
            assert process.wait(20) == ended
        finally:
            process.kill()


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


def test_every_version_is_kept_and_can_be_brought_back(shop: Path) -> None:  # noqa: F811
    autonav(shop, "start", "--edit", "shop/**", "t")
    cart = shop / "shop/cart.py"
    with watching(shop) as said:
        said("task t")
        for number in range(3):
            cart.write_text(f"version {number}\n")
            until(lambda number=number: len(seen(shop, "shop/cart.py")) == number + 1)
        os.unlink(cart)
        os.symlink("/nowhere", cart)
        until(lambda: len(seen(shop, "shop/cart.py")) == 4)
        (shop / "shop/large.bin").write_bytes(os.urandom(5 * 2**20))
        until(lambda: seen(shop, "shop/large.bin"))
    assert [each["mode"] for each in seen(shop, "shop/cart.py")] == ["100644"] * 3 + ["120000"]
    assert [each["size"] for each in seen(shop, "shop/large.bin")] == [None]
    image = seen(shop, "shop/cart.py")[1]["image"]
    autonav(shop, "put-back", "shop/cart.py", "--version", image[:10])
    assert (cart.is_symlink(), cart.read_text()) == (False, "version 1\n")
    autonav(shop, "undo")
    assert os.readlink(cart) == "/nowhere"
    assert "0 versions" in autonav(shop, "put-back", "shop/cart.py", "--version", "zz", code=2)
    assert "too large to keep  shop/large.bin" in autonav(shop, "timeline")


def test_of_two_watchers_one_keeps_the_record_until_it_is_killed(shop: Path) -> None:  # noqa: F811
    autonav(shop, "start", "--edit", "shop/**", "t")
    with watching(shop, ended=-signal.SIGKILL) as first:
        first("task t")
        with watching(shop) as second:
            second("task t")
            (shop / "docs.md").write_text("x")
            first("AN101")
            second("AN101")
            until(lambda: seen(shop, "docs.md"))
            time.sleep(0.5)
            assert len(seen(shop, "docs.md")) == 1
            first.process.kill()
            first.process.wait()
            (shop / "docs.md").write_text("y")
            until(lambda: len(seen(shop, "docs.md")) >= 2)
    assert as_json(shop, "log", "verify")["integrity"]


def seen(folder: Path, path: str) -> list[dict[str, Any]]:
    return as_json(folder, "timeline", path)["versions"]


def until(holds: Callable[[], Any]) -> None:
    last = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < last
        time.sleep(0.1)
