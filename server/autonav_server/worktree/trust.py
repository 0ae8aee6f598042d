"""Which worktrees a person lets AutoNav run commands in.

The list lies with the person's own data, not in the repository: a repository that arrives with a
prepared `.git` folder must not be able to trust itself.
"""

import json
import os
import tempfile

from autonav_server.worktree.paths import data_folder


def is_trusted(root: str) -> bool:
    """Return whether the worktree was trusted by `autonav trust` or from an editor."""
    return root in _read()


def set_trusted(root: str, trusted: bool) -> None:
    """Trust the worktree, or take the trust back."""
    roots = set(_read())
    roots.add(root) if trusted else roots.discard(root)
    folder = data_folder()
    handle, name = tempfile.mkstemp(dir=folder, prefix="trusted.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(sorted(roots), file, indent=1)
    os.replace(name, folder / "trusted.json")


def _read() -> list[str]:
    try:
        roots = json.loads((data_folder() / "trusted.json").read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [root for root in roots if isinstance(root, str)] if isinstance(roots, list) else []
