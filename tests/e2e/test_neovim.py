"""The whole product in a real, headless Neovim, on a real project."""

import json
import os
import subprocess
import sys
from pathlib import Path

from support.end_to_end import FAILING, LENSES, ROOT, branch_passes, git


def test_neovim(editors: Path, project: Path, home: Path, tmp_path: Path) -> None:
    env = {
        **os.environ,
        "PROJECT": str(project),
        "AUTONAV": str(Path(sys.executable).parent / "autonav"),
        "PLUGIN": str(ROOT / "editors/neovim"),
        "FAILING": FAILING,
        "LENSES": json.dumps(LENSES),
        "HOME": str(home),
        "GIT_AUTHOR_NAME": "Test",
        "GIT_AUTHOR_EMAIL": "test@example.org",
        "GIT_COMMITTER_NAME": "Test",
        "GIT_COMMITTER_EMAIL": "test@example.org",
    }
    script = Path(__file__).parent / "neovim.lua"
    done = subprocess.run(
        [editors / "nvim", "--clean", "--headless", "-l", script],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "ALL OK"
    branch = git(project, "branch", "--list", "--format=%(refname:short)", "autonomous/*").strip()
    assert branch_passes(project, branch, tmp_path)
