"""What is shown of what was found: comments that allow, settings that quieten, findings that belong together."""

import json
from pathlib import Path
from typing import Any

import pytest

from autonav_analysis.audit.allowing import comment_for, with_allowances
from autonav_analysis.audit.hearing import heard
from autonav_analysis.audit.risk import risk, said
from autonav_analysis.audit.secrets import without_secrets
from autonav_analysis.judging import judge
from autonav_protocol.values.finding import Finding, Severity
from autonav_server.worktree.configuration import loudest
from support.audits import audit_of, audited_file
from support.client import LspClient, uri_of
from support.shop import git, shop  # noqa: F401
from test_cli import _apart, at_a_terminal, autonav  # noqa: F401

TOKEN = "gh" + "p_" + "kX8wq2ZsT5vLr0YbN3mJd7HcPf6aUe1GiK4o"


def found(code: str, severity: str = "warning", path: str = "a.py", line: int = 2, **more: Any) -> Finding:
    return Finding(
        code, "large-deletion", Severity(severity), path, line, line, f"{code} here", f"{code}{line}", **more
    )


@pytest.mark.parametrize(
    ("path", "text", "allowed"),
    [
        ("a.py", "x = 1\nf()  # autonav: allow AN304 agreed with Kim\n", "agreed with Kim"),
        ("a.py", "# autonav: allow large-deletion it moved\nf()\n", "it moved"),
        ("a.go", "// autonav: allow AN304 it moved\nf()\n", "it moved"),
        ("a.css", "/* autonav: allow AN304 it moved */\nf()\n", "it moved"),
        ("a.html", "<!-- autonav: allow AN304 it moved -->\nf()\n", "it moved"),
        ("a.sql", "-- autonav: allow AN304 it moved\nf()\n", "it moved"),
        ("a.py", "# autonav: allow AN302 it moved\nf()\n", ""),
        ("a.py", "# autonav: allow AN304 it moved\n\nf()\n", "it moved"),
        ("a.py", "text = 'autonav: allow AN304 no comment'\nf()\n", ""),
        ("a.py", "# autonav: allow AN304\nf()\n", ""),
    ],
)  # fmt: skip
def test_comments(path: str, text: str, allowed: str) -> None:
    file = audited_file({"path": path, "after": text})
    [finding] = with_allowances([found("AN304", path=path)], file)
    assert finding.allowed == allowed
    assert finding.message.startswith("allowed without a reason") == text.startswith("# autonav: allow AN304\n")


def test_a_comment_allows_no_guard() -> None:
    file = audited_file({"path": "a.py", "after": f"# autonav: allow AN501 a made-up one\nKEY = '{TOKEN}'\n"})
    [finding] = with_allowances(judge(file), file)
    assert (finding.code, finding.allowed) == ("AN501", "")
    assert finding.message.endswith("(a comment cannot allow this)")


@pytest.mark.parametrize(
    ("code", "severity", "setting", "shown"),
    [
        ("AN304", "warning", "off", None),
        ("AN304", "warning", "hint", "hint"),
        ("AN304", "warning", "error", "error"),
        ("AN101", "error", "off", "error"),
        ("AN101", "error", "hint", "error"),
        ("AN601", "information", "error", "error"),
        ("AN501", "error", "off", "error"),
        ("AN901", "warning", "error", "error"),
    ],
)
def test_settings(code: str, severity: str, setting: str, shown: str | None) -> None:
    assert [each.severity for each in heard([found(code, severity)], {code: setting}).findings] == [shown] * bool(shown)


def test_of_two_who_set_a_rule_the_louder_is_heard() -> None:
    repository, person = {"AN304": "error", "AN302": "off"}, {"AN304": "off", "AN302": "hint", "AN301": "off"}
    assert loudest(repository, person) == {"AN304": "error", "AN302": "hint", "AN301": "off"}


def test_what_a_comment_allows_is_apart_and_files_have_one_finding_where_the_rule_says_so() -> None:
    listed = [found("AN303", "hint"), found("AN303", line=4), found("AN303", path="b.py"), found("AN304", allowed="ok")]
    shown, allowed = heard(listed, {})
    assert [(each.path, each.line, each.severity) for each in shown] == [("a.py", 4, "warning"), ("b.py", 2, "warning")]
    assert shown[0].message == "AN303 here (and 1 more in 1 file)"
    assert shown[0].evidence == ("a.py:2: AN303 here",)
    assert [each.code for each in allowed] == ["AN304"]


def test_secrets_are_masked_in_all_words() -> None:
    [finding] = without_secrets([found("AN702", evidence=(f"before: {TOKEN}",), allowed=f"as {TOKEN}")])
    assert (finding.evidence, finding.allowed) == (("before: [masked]",), "as [masked]")


def test_risk_is_the_sum_of_its_categories() -> None:
    audit = audit_of(
        {
            "files": [
                {"path": "src/auth/login.py", "after": {"repeat": "x{n} = 1\n", "times": 60}},
                {"path": ".github/workflows/ci.yml", "before": "a", "after": "b"},
            ]
        }
    )
    scored = risk(audit.change, [found("AN302"), found("AN304", "information"), found("AN501", "error")])
    assert dict(scored.contributions) == {
        "secrets": 40, "no test changed": 20, "auth paths": 12, "ci paths": 10, "dangerous calls": 8, "large deletions": 8,
    }  # fmt: skip
    assert scored.score == 98
    assert said(scored).startswith("risk 98: 40 secrets, 20 no test changed, 12 auth paths")
    assert risk(audit.change, [found("AN501"), found("AN7xx"), found("AN402")]).score == 100
    assert risk(audit_of({"files": []}).change, []).score == 0


def test_comments_are_offered_where_they_count() -> None:
    assert comment_for("a.py", "AN304") == "# autonav: allow AN304 "
    assert comment_for("a.go", "AN303") == "// autonav: allow AN303 "
    assert [comment_for("a.py", code) for code in ("AN501", "AN101", "AN803", "nothing")] == [None] * 4
    assert comment_for("a.json", "AN304") is None


def test_check_tells_what_is_allowed_and_the_risk_and_records_it_once(shop: Path) -> None:  # noqa: F811
    (shop / "autonav.toml").write_text('[rules]\nAN301 = "off"\n')
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "settings")
    autonav(shop, "start", "--edit", "**", "mend")
    (shop / "shop/auth").mkdir()
    (shop / "shop/auth/a.py").write_text(
        f"import os\nos.system(x)  # autonav: allow AN302 fixed text\neval(x)\nTOKEN = '{TOKEN}'\n"
    )
    done = autonav(shop, "check", "--format", "json", code=1)
    answer = json.loads(done)
    assert [(each["code"], each["line"]) for each in answer["findings"]] == [("AN302", 3), ("AN501", 4)]
    assert [(each["code"], each["allowed"]) for each in answer["allowed"]] == [("AN302", "fixed text")]
    assert answer["risk"]["contributions"]["secrets"] == 40
    again = autonav(shop, "check", code=1)
    assert "1 finding allowed by comments\nrisk " in again
    log = autonav(shop, "log", "--format", "json")
    assert log.count('"fixed text"') == 1
    assert TOKEN not in done + again + log + autonav(shop, "check", "--format", "sarif", code=1)


def test_a_branch_does_not_quieten_what_it_is_judged_by(shop: Path) -> None:  # noqa: F811
    git(shop, "checkout", "-qb", "work")
    (shop / "autonav.toml").write_text('[rules]\nAN302 = "off"\n')
    (shop / "shop/b.py").write_text("eval(x)\n")
    answer = json.loads(autonav(shop, "check", "--base", "main", "--format", "json", code=1))
    assert "AN302" in {each["code"] for each in answer["findings"]}


async def test_the_editor_offers_the_comment_and_takes_it(shop: Path) -> None:  # noqa: F811
    path = shop / "shop/b.py"
    async with LspClient.start(shop) as client:
        await client.command("autonav.start", {"task": "mend", "edit": ["**"]})
        path.write_text("def f(x):\n    eval(x)\n")
        client.open(path)
        uri = uri_of(path)

        def codes() -> list[str]:
            return [each["code"] for each in client.diagnostics.get(uri, [])]

        await client.wait_for(lambda: codes() == ["AN302"])
        found_here = client.diagnostics[uri]
        asked = {"textDocument": {"uri": uri}, "range": found_here[0]["range"], "context": {"diagnostics": found_here}}
        actions = await client.request("textDocument/codeAction", asked)
        action = next(each for each in actions if each["title"].startswith("Allow AN302 here"))
        [edit] = action["edit"]["changes"][uri]
        assert edit["newText"] == "    # autonav: allow AN302 \n"
        path.write_text("def f(x):\n    # autonav: allow AN302 own text\n    eval(x)\n")
        await client.wait_for(lambda: codes() == [])


def test_finish_says_what_the_task_names_and_did_not_change(shop: Path) -> None:  # noqa: F811
    autonav(shop, "start", "--edit", "**", "mend shop/cart.py and shop/till.py")
    with (shop / "shop/cart.py").open("a") as file:
        file.write("# mended\n")
    assert "information AN202 shop/till.py is named by the task" in autonav(shop, "check")
    code, said_there = at_a_terminal(shop, "finish")
    assert code == 0
    assert "shop/till.py is named by the task and did not change" in said_there
