"""The fence in a real Emacs, without a window, on a real project."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.end_to_end import FAILING, ROOT


def test_emacs(project: Path, home: Path) -> None:
    if not shutil.which("emacs"):
        pytest.skip("Emacs is not installed: apt-get install emacs-nox elpa-eglot")
    env = {
        **os.environ,
        "PROJECT": str(project),
        "AUTONAV": str(Path(sys.executable).parent / "autonav"),
        "FAILING": FAILING,
        "PLUGIN": str(ROOT / "editors/emacs"),
        "HOME": str(home),
    }
    script = Path(__file__).parent / "emacs.el"
    done = subprocess.run(
        ["emacs", "--batch", "-l", script], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "ALL OK"
