"""The command line as a person and a script use it: real processes, exit codes, formats, grants."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autonav_server.grants import AGENT_VARIABLES
from support.repository import use_no_settings_of_this_machine
from support.shop import git, shop  # noqa: F401

AUTONAV = (sys.executable, "-m", "autonav_server.main")


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_no_settings_of_this_machine(monkeypatch, tmp_path)
    for name in AGENT_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "person")


def autonav(folder: Path, *argv: str, code: int = 0, **environment: str) -> str:
    done = subprocess.run(
        [*AUTONAV, *argv], cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == code, (argv, done.returncode, done.stdout, done.stderr)
    return done.stdout if "--format" in argv else done.stdout + done.stderr


def at_a_terminal(folder: Path, *argv: str, **environment: str) -> tuple[int, str]:
    """Run at a terminal of its own, as a person does."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*AUTONAV, *argv], cwd=folder, env={**os.environ, **environment}, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said = bytearray()
    try:
        while data := os.read(ours, 4096):
            said += data
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return process.wait(), said.decode()


def as_json(folder: Path, *argv: str, code: int = 0) -> dict[str, Any]:
    return json.loads(autonav(folder, *argv, "--format", "json", code=code))


def test_a_task_from_start_to_finish(shop: Path) -> None:  # noqa: F811
    assert "no task is active" in autonav(shop, "check")
    assert "may edit shop/**" in autonav(shop, "start", "--edit", "shop/**", "mend the cart")
    assert autonav(shop, "check").strip() == "clean"
    (shop / "docs.md").write_text("changed\n")
    with (shop / "shop/cart.py").open("a") as file:
        file.write("# changed\n")
    said = autonav(shop, "check", code=1)
    assert said.startswith("docs.md:1: error AN101 ")
    assert autonav(shop, "check", "--fail-on", "never")
    found = as_json(shop, "check", code=1)
    assert (found["schema_version"], found["task"]) == (1, "mend-the-cart")
    [finding] = found["findings"]
    assert {"code", "slug", "severity", "path", "line", "end_line", "message", "fingerprint", "fixes"} <= finding.keys()
    assert (finding["path"], finding["line"], finding["severity"]) == ("docs.md", 1, "error")
    status = as_json(shop, "status")
    assert (status["files_changed"], status["outside"], status["base"]) == (
        2,
        1,
        git(shop, "rev-parse", "HEAD").strip(),
    )
    assert "put back docs.md" in autonav(shop, "put-back", "docs.md")
    assert autonav(shop, "check").strip() == "clean"
    assert "undone: docs.md" in autonav(shop, "undo")
    assert (shop / "docs.md").read_text() == "changed\n"
    verified = as_json(shop, "log", "verify")
    assert verified["integrity"] is True
    assert verified["entries"] >= 4
    assert "task.start" in autonav(shop, "log")


def test_a_subfolder_and_another_folder_mean_the_same_worktree(shop: Path, tmp_path: Path) -> None:  # noqa: F811
    autonav(shop / "shop", "start", "--edit", "shop/**", "t")
    assert as_json(tmp_path, "status", "-C", str(shop))["task"] == "t"
    assert as_json(tmp_path, "status", "--worktree", str(shop / "tests"))["task"] == "t"


def test_widening_is_a_persons_act(shop: Path) -> None:  # noqa: F811
    autonav(shop, "start", "--edit", "shop/**", "t")
    (shop / "docs.md").write_text("changed\n")
    for argv in (("scope", "add", "docs.md"), ("finish",), ("trust",), ("start", "--edit", "**", "u")):
        assert "a person's decision and needs a terminal" in autonav(shop, *argv, code=2)
        code, said = at_a_terminal(shop, *argv, CLAUDECODE="1")
        assert code == 2
        assert "CLAUDECODE says an agent runs this shell" in " ".join(said.split())
    autonav(shop, "check", code=1)
    code, said = at_a_terminal(shop, "scope", "add", "docs.md")
    assert (code, "may now edit" in said) == (0, True)
    assert autonav(shop, "check").strip() == "clean"
    assert at_a_terminal(shop, "finish")[0] == 0
    kinds = [each["kind"] for each in as_json(shop, "log")["records"]]
    assert {"grant.scope add", "grant.finish"} <= set(kinds)


def test_an_edited_contract_decides_nothing_until_it_is_accepted(shop: Path) -> None:  # noqa: F811
    autonav(shop, "start", "--edit", "shop/**", "t")
    contract = shop / ".autonav/tasks/t.toml"
    contract.write_text(contract.read_text().replace('"shop/**"', '"**"'))
    (shop / "docs.md").write_text("changed\n")
    said = autonav(shop, "check", code=1)
    assert "AN109" in said
    assert "AN101" in said
    assert at_a_terminal(shop, "scope", "accept")[0] == 0
    assert autonav(shop, "check").strip() == "clean"


WRONG = {
    "an unknown verb": (("frobnicate",), "invalid choice"),
    "an unknown option": (("check", "--colour"), "unrecognized arguments"),
    "a missing argument": (("explain",), "required"),
    "an unknown code": (("explain", "AN999"), "there is no code AN999"),
    "a bad glob": (("start", "--edit", "!", "t"), "`!`"),
    "an empty task": (("start", "--edit", "x", " "), "the task is empty"),
    "a file that is not there": (("complexity", "gone.py"), "gone.py does not exist"),
    "a path outside": (("complexity", "../x.py"), "does not exist in"),
    "a number that is none": (("complexity", "--top", "x"), "top"),
    "no task": (("put-back", "docs.md"), "no task is active"),
    "nothing to undo": (("undo",), "nothing to undo"),
    "no such folder": (("status", "-C", "/no/such/folder"), "does not exist"),
    "no such candidate": (("show", "0000"), "no candidate"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_one_sentence(shop: Path, name: str) -> None:  # noqa: F811
    argv, said = WRONG[name]
    printed = autonav(shop, *argv, code=2)
    assert said in printed
    assert "Traceback" not in printed


def test_errors_are_json_where_json_was_asked_for(shop: Path) -> None:  # noqa: F811
    error = as_json(shop, "put-back", "x", code=2)["error"]
    assert error["message"] == "no task is active"
    assert error["next_step"].startswith("start one")


def test_complexity_and_route(shop: Path) -> None:  # noqa: F811
    measured = as_json(shop, "complexity", "shop")["functions"]
    assert {"path", "name", "line", "end_line", "cognitive", "cyclomatic", "nesting", "percentile"} <= measured[
        0
    ].keys()
    assert measured == sorted(measured, key=lambda each: -each["cognitive"])
    routed = as_json(shop, "route", "shop/**")
    assert routed["route"] in ("single_loop", "search")
    assert routed["score"] == pytest.approx(sum(routed["contributions"].values()), abs=1e-3)


def test_doctor_names_every_sandbox_and_what_it_lacks(shop: Path) -> None:  # noqa: F811
    said = as_json(shop, "doctor")
    process = next(each for each in said["sandboxes"] if each["name"] == "process")
    assert process["available"] is True
    assert process["guarantees"]["no_network"] is False


def test_a_closed_pipe_is_no_error(shop: Path) -> None:  # noqa: F811
    done = subprocess.run(
        f"{sys.executable} -m autonav_server.main complexity | true",
        shell=True,
        cwd=shop,
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""


def test_the_attached_client_imports_nothing_heavy() -> None:
    code = (
        "import sys, autonav_server.surfaces.attach\n"
        "print([m for m in ('pygls', 'lsprotocol', 'pydantic', 'tree_sitter') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
