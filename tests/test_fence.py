"""The fence in full, through the command line as scripts and people use it."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from support.shop import git, shop  # noqa: F401
from test_cli import _apart, as_json, at_a_terminal, autonav  # noqa: F401


def found(shop: Path, *argv: str) -> list[str]:  # noqa: F811
    return [
        f"{each['code']} {each['path']}" for each in as_json(shop, "check", "--fail-on", "never", *argv)["findings"]
    ]


def test_symbols(shop: Path) -> None:  # noqa: F811
    cart = shop / "shop/cart.py"
    autonav(shop, "start", "--symbol", "shop/cart.py::cheapest", "t")
    text = cart.read_text()
    cart.write_text("\n\n\n" + text)
    assert found(shop) == ["AN202 .autonav/tasks/t.toml"], "of the symbol nothing changed"
    cart.write_text(text.replace("def cheapest", "@staticmethod\ndef cheapest"))
    assert found(shop) == []
    cart.write_text("import os\n" + text)
    [_, finding] = as_json(shop, "check", code=1)["findings"]
    assert (finding["code"], finding["fixes"][-1]["id"]) == ("AN102", "allow-symbol")
    assert "<module> in shop/cart.py, where only cheapest may change" in finding["message"]
    assert at_a_terminal(shop, "scope", "add", "--to", "symbols", "shop/cart.py::<module>")[0] == 0
    assert found(shop) == ["AN202 .autonav/tasks/t.toml"]


def test_budget(shop: Path) -> None:  # noqa: F811
    autonav(shop, "start", "--edit", "**", "--files", "2", "--lines", "10", "t")
    for name in ("a", "b"):
        (shop / name).write_text("x\n" * 3)
    status = as_json(shop, "status")
    assert (status["budget"], status["limits"]) == ({"files": 2, "lines": 6}, {"files": 2, "lines": 10})
    (shop / "c").write_text("x\n" * 6)
    assert found(shop) == ["AN601 .autonav/tasks/t.toml"] * 2
    assert at_a_terminal(shop, "scope", "add", "--files", "9", "--lines", "90")[0] == 0
    assert found(shop) == []


def test_a_contract_that_has_expired_says_so(shop: Path) -> None:  # noqa: F811
    autonav(shop, "start", "--edit", "**", "--hours", "0.00001", "t")
    (shop / "a").write_text("x")
    assert found(shop) == ["AN106 .autonav/tasks/t.toml"]
    assert at_a_terminal(shop, "scope", "add", "--hours", "1")[0] == 0
    assert found(shop) == []


def test_a_pause_is_silent_and_hides_nothing(shop: Path) -> None:  # noqa: F811
    autonav(shop, "start", "--edit", "shop/**", "t")
    autonav(shop, "pause", code=2)
    assert at_a_terminal(shop, "pause", "--minutes", "5")[0] == 0
    (shop / "docs.md").write_text("x")
    assert found(shop) == []
    assert "needs a terminal" in autonav(shop, "start", "--edit", "**", "mine now", code=2)
    status = as_json(shop, "status")
    assert (status["task"], status["paused"], bool(status["paused_until"])) == (None, ["t"], True)
    autonav(shop, "resume")
    assert found(shop) == ["AN101 docs.md"]


def test_a_short_pause_ends_by_itself(shop: Path) -> None:  # noqa: F811
    autonav(shop, "start", "--edit", "shop/**", "t")
    (shop / "docs.md").write_text("x")
    assert at_a_terminal(shop, "pause", "--minutes", "0.0001")[0] == 0
    assert found(shop) == ["AN101 docs.md"]


def test_several_tasks_of_which_one_is_active(shop: Path) -> None:  # noqa: F811
    autonav(shop, "start", "--edit", "shop/**", "one")
    assert at_a_terminal(shop, "start", "--edit", "docs.md", "two")[0] == 0
    (shop / "docs.md").write_text("x")
    assert found(shop) == []
    assert as_json(shop, "status")["paused"] == ["one"]
    assert at_a_terminal(shop, "finish")[0] == 0
    autonav(shop, "resume", "one")
    assert found(shop) == ["AN101 docs.md"]
    assert "no task is paused" in at_a_terminal(shop, "resume", "two")[1]


def test_a_request_waits_for_a_person(shop: Path) -> None:  # noqa: F811
    autonav(shop, "start", "--edit", "shop/**", "t")
    assert "waits for a person" in autonav(shop, "scope", "request", "docs.md", "--reason", "the docs are wrong now")
    autonav(shop, "scope", "request", "docs.md", "--reason", "asked twice")
    autonav(shop, "scope", "request", "run.sh", "--reason", "and this")
    assert found(shop) == ["AN107 .autonav/tasks/t.toml"] * 2
    assert as_json(shop, "status")["requests"] == 2
    (shop / "docs.md").write_text("x")
    assert "AN101 docs.md" in found(shop)
    assert at_a_terminal(shop, "scope", "add", "docs.md")[0] == 0
    assert "needs a terminal" in autonav(shop, "scope", "decline", "3", code=2)
    request = as_json(shop, "check", "--fail-on", "never")["findings"][0]["fixes"][1]["params"]["request"]
    assert at_a_terminal(shop, "scope", "decline", request)[0] == 0
    assert found(shop) == []


def test_lines_can_be_taken_out_again(shop: Path) -> None:  # noqa: F811
    autonav(shop, "start", "--edit", "shop/**", "--edit", "docs.md", "--never", "run.sh", "t")
    (shop / "docs.md").write_text("x")
    (shop / "run.sh").write_text("x")
    assert found(shop) == ["AN103 run.sh"]
    assert at_a_terminal(shop, "scope", "rm", "docs.md", "run.sh")[0] == 0
    assert found(shop) == ["AN101 docs.md", "AN101 run.sh"]
    assert "has no line" in at_a_terminal(shop, "scope", "rm", "nothing")[1]


def test_one_hunk_is_put_back_and_the_other_stays(shop: Path) -> None:  # noqa: F811
    lines = [f"line {number}\r\n" for number in range(30)]
    (shop / "long.txt").write_text("".join(lines), newline="")
    autonav(shop, "start", "--edit", "shop/**", "t")
    changed = [*lines[:3], "new\r\n", *lines[3:10], *lines[12:20], "twenty\n", *lines[21:]]
    (shop / "long.txt").write_text("".join(changed), newline="")
    [finding] = as_json(shop, "check", code=1)["findings"]
    assert [fix["id"] for fix in finding["fixes"]] == ["put-back", "put-hunk-back", "allow-file"]
    autonav(shop, "put-back", "long.txt", "--lines", "11")
    autonav(shop, "put-back", "long.txt", "--lines", "22")
    assert (shop / "long.txt").read_bytes() == "".join([*lines[:3], "new\r\n", *lines[3:]]).encode()
    assert "no hunk at line 9" in autonav(shop, "put-back", "long.txt", "--lines", "9", code=2)
    autonav(shop, "undo")
    assert b"twenty\n" in (shop / "long.txt").read_bytes()


def test_all_is_put_back_at_once(shop: Path) -> None:  # noqa: F811
    before = {path: path.read_bytes() for path in (shop / "docs.md", shop / "run.sh")}
    autonav(shop, "start", "--edit", "shop/**", "t")
    (shop / "docs.md").unlink()
    (shop / "run.sh").write_text("x")
    (shop / "new").write_text("x")
    (shop / "shop/more.py").write_text("x")
    autonav(shop, "put-back", "--all")
    assert found(shop) == []
    assert {path: path.read_bytes() for path in before} == before
    assert (shop / "shop/more.py").read_text() == "x"
    assert "nothing to put back" in autonav(shop, "put-back", "--all", code=2)


WHY = {
    "allowed": ("shop/cart.py", "shop/cart.py: allowed by `shop/**` in edit (.autonav/tasks/t.toml:8)"),
    "refused": ("run.sh", "run.sh: not allowed by `run.sh` in never (.autonav/tasks/t.toml:9)"),
    "no line": ("docs.md", "docs.md: not allowed; no line of .autonav/tasks/t.toml matches it"),
    "protected by default": ("LICENSE", "LICENSE: not allowed by `LICENSE*` in protected (the default settings)"),
    "protected here": ("secret/x", "secret/x: not allowed by `secret/` in protected (autonav.toml:1)"),
}


def test_why_names_the_line_that_decides(shop: Path) -> None:  # noqa: F811
    (shop / "autonav.toml").write_text('protected = ["secret/"]\n')
    assert "no task is active" in autonav(shop, "why", "docs.md")
    autonav(shop, "start", "--edit", "shop/**", "--never", "run.sh", "t")
    for path, said in WHY.values():
        assert autonav(shop, "why", path).strip() == said


def test_settings_that_change_during_a_task_loosen_nothing(shop: Path) -> None:  # noqa: F811
    (shop / "autonav.toml").write_text('protected = ["run.sh"]\n')
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "settings")
    autonav(shop, "start", "--edit", "**", "t")
    (shop / "autonav.toml").write_text('protected = ["!**", "docs.md"]\n')
    (shop / "run.sh").write_text("x")
    (shop / "docs.md").write_text("x")
    (shop / "sub").mkdir()
    (shop / "sub/autonav.toml").write_text('protected = ["!**"]\n')
    assert found(shop) == ["AN109 autonav.toml", "AN105 docs.md", "AN105 run.sh", "AN105 sub/autonav.toml"]
    assert "needs a terminal" in autonav(shop, "scope", "accept", "--policy", code=2)
    autonav(shop, "put-back", "autonav.toml", "run.sh", "sub/autonav.toml")
    assert found(shop) == []
    (shop / "autonav.toml").write_text("protected = []\n")
    assert at_a_terminal(shop, "scope", "accept", "--policy")[0] == 0
    (shop / "run.sh").write_text("y")
    assert found(shop) == ["AN105 autonav.toml"]


def test_without_a_task_only_protected_files_inform(shop: Path) -> None:  # noqa: F811
    (shop / ".github/workflows").mkdir(parents=True)
    (shop / ".github/workflows/ci.yml").write_text("x")
    (shop / "docs.md").write_text("x")
    [finding] = as_json(shop, "check")["findings"]
    assert (finding["code"], finding["severity"]) == ("AN105", "information")
    assert "no task is active" in autonav(shop, "put-back", "docs.md", code=2)
    autonav(shop, "put-back", ".github/workflows/ci.yml")
    assert not (shop / ".github").exists()


def test_a_branch_is_judged_since_it_left(shop: Path, tmp_path: Path) -> None:  # noqa: F811
    (shop / ".autonav/tasks").mkdir(parents=True)
    contract = shop / ".autonav/tasks/t.toml"
    contract.write_text('task = "t"\n[scope]\nedit = ["shop/**"]\n')
    git(shop, "add", "-Af")
    git(shop, "commit", "-qm", "contract")
    git(shop, "checkout", "-qb", "work")
    (shop / "docs.md").write_text("x")
    git(shop, "commit", "-qam", "outside, and committed")
    (shop / "shop/cart.py").write_text("x")
    git(shop, "checkout", "-q", "main")
    (shop / "run.sh").write_text("somebody else's")
    git(shop, "commit", "-qam", "main moved on")
    git(shop, "checkout", "-q", "work")
    assert found(shop, "--base", "main") == ["AN101 docs.md"]
    contract.write_text('task = "t"\n[scope]\nedit = ["**"]\n')
    git(shop, "commit", "-qam", "a branch does not widen its own contract")
    assert found(shop, "--base", "main") == ["AN109 .autonav/tasks/t.toml", "AN101 docs.md"]
    sarif = json.loads(autonav(shop, "check", "--base", "main", "--format", "sarif", code=1))
    assert sarif["runs"][0]["results"][-1]["ruleId"] == "AN101"
    said = autonav(shop, "check", "--base", "main", "--format", "github", code=1)
    assert "::error file=docs.md,line=1,endLine=1,title=AN101 scope-outside::outside task" in said
    assert "fetch-depth" in autonav(shop, "check", "--base", "nowhere", code=2)


def test_overlapping_tasks_of_linked_worktrees(shop: Path, tmp_path: Path) -> None:  # noqa: F811
    git(shop, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    autonav(shop, "start", "--edit", "shop/**", "here")
    autonav(tmp_path / "side", "start", "--edit", "**", "there")
    (tmp_path / "side/docs.md").write_text("x")
    (shop / "run.sh").write_text("x")
    assert found(shop) == ["AN101 run.sh"]
    assert found(tmp_path / "side") == []
    assert as_json(tmp_path / "side", "status")["task"] == "there"


AGENT = {
    "sed": "sed -i s/CRLF/agent/ docs.md",
    "heredoc": "cat > 'a name with\nnewline' <<EOF\nx\nEOF",
    "git apply": "printf '%s\\n' '--- a/run.sh' '+++ b/run.sh' '@@ -1 +1,2 @@' ' #!/bin/sh' '+rm -rf /' | git apply",
    "move": "mv docs.md moved.md",
    "remove": "rm run.sh",
    "mode": "chmod +x docs.md",
    "link": "ln -sf /etc/passwd run.sh",
    "case": "git mv docs.md DOCS.md",
    "commit": "echo x >> docs.md && git -c user.name=a -c user.email=a commit -qam x",
    "push": "echo x >> docs.md && git -c user.name=a -c user.email=a commit -qam x && git push -q origin main",
    "amend": "echo x >> docs.md && git -c user.name=a -c user.email=a commit -qa --amend -m x",
    "assume unchanged": "git update-index --assume-unchanged docs.md && echo x >> docs.md",
    "ignored": "echo docs.md > .gitignore && git rm -q --cached docs.md && echo x >> docs.md",
    "exclude": "echo new.txt >> .git/info/exclude; echo x > docs.md",
    "nested settings": "mkdir -p sub && echo 'protected = []' > sub/autonav.toml",
    "settings": "printf 'protected = []\\n' > autonav.toml",
    "its own contract": "sed -i 's|shop/\\*\\*|**|' .autonav/tasks/t.toml && echo x > docs.md",
    "binary": "printf '\\000\\001\\377' > docs.md",
    "through a link to a folder": "ln -s . here && echo x > here/docs.md",
}


@pytest.mark.parametrize("name", AGENT)
def test_an_agent_launders_nothing_and_one_action_puts_all_back(shop: Path, tmp_path: Path, name: str) -> None:  # noqa: F811
    git(shop, "init", "-q", "--bare", str(tmp_path / "remote"))
    git(shop, "remote", "add", "origin", str(tmp_path / "remote"))
    git(shop, "push", "-q", "origin", "main")
    autonav(shop, "start", "--edit", "shop/**", "t")
    before = snapshot(shop)
    subprocess.run(["sh", "-ec", AGENT[name]], cwd=shop, check=True)
    assert snapshot(shop) != before
    assert found(shop), "laundered"
    autonav(shop, "put-back", "--all")
    if name == "its own contract":
        autonav(shop, "put-back", ".autonav/tasks/t.toml")
    assert snapshot(shop) == before
    assert found(shop) == []


def snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    kept = {}
    for path in sorted(root.rglob("*")):
        if ".git" in path.relative_to(root).parts or (path.is_dir() and not path.is_symlink()):
            continue
        content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
        kept[str(path.relative_to(root))] = (path.lstat().st_mode, content)
    return kept


def test_a_program_cannot_grant_itself_anything(shop: Path) -> None:  # noqa: F811
    autonav(shop, "start", "--edit", "shop/**", "t")
    (shop / "docs.md").write_text("x")
    for argv in (
        ("scope", "add", "**"),
        ("scope", "rm", "shop/**"),
        ("scope", "accept"),
        ("pause",),
        ("finish",),
        ("start", "--edit", "**", "u"),
    ):
        assert "a person's decision" in autonav(shop, *argv, code=2)
        assert "a person's decision" in autonav(shop, *argv, code=2, AUTONAV_TASK="x", CI="1", FORCE_COLOR="1")
    assert found(shop) == ["AN101 docs.md"]
