"""SARIF 2.1.0, as it is read from other tools and as it is written."""

import json
from pathlib import Path
from typing import Any

import pytest

from autonav_analysis.judging import all_rules
from autonav_analysis.reports.sarif import sarif
from autonav_analysis.reports.sarif_input import read_sarif
from autonav_protocol.values.finding import Finding, Related, Severity
from support.shop import git, shop  # noqa: F401
from test_cli import _apart, autonav  # noqa: F401

ROOT = "/work tree/a"
TOKEN = "gh" + "p_" + "kX8wq2ZsT5vLr0YbN3mJd7HcPf6aUe1GiK4o"
DRIVER = {
    "name": "lint",
    "rules": [
        {"id": "L1", "defaultConfiguration": {"level": "note"}},
        {"id": "L2", "messageStrings": {"bad": {"text": "{0} is bad."}}},
    ],
}


def result(uri: str = "a.py", line: int = 3, **more: Any) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
    return {"ruleId": "L1", "message": {"text": "no"}, "locations": [{"physicalLocation": place}], **more}


def at(**artifact: Any) -> dict[str, Any]:
    return result(locations=[{"physicalLocation": {"artifactLocation": artifact}}])


def log(*results: Any, **run: Any) -> bytes:
    return json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": DRIVER}, "results": results, **run}]}).encode()


BASES = {
    "SRCROOT": {"description": {"text": "the root"}},
    "PACKAGES": {"uri": "packages/", "uriBaseId": "SRCROOT"},
    "BUILD": {"uri": "file:///work%20tree/a/build/"},
    "LOOP": {"uri": "x/", "uriBaseId": "LOOP"},
}


@pytest.mark.parametrize(
    ("artifact", "path"),
    [
        ({"uri": "src/a.py"}, "src/a.py"),
        ({"uri": "src/a%20b%25.py"}, "src/a b%.py"),
        ({"uri": "src/%80.py"}, "src/\udc80.py"),
        ({"uri": "./src/../a.py"}, "a.py"),
        ({"uri": "file:///work%20tree/a/src/a.py"}, "src/a.py"),
        ({"uri": "file://localhost/work%20tree/a/src/a.py"}, "src/a.py"),
        ({"uri": "file:///work%20tree/ab/a.py"}, ""),
        ({"uri": "../b/a.py"}, ""),
        ({"uri": "https://example.org/a.py"}, ""),
        ({"uri": "a.py", "uriBaseId": "SRCROOT"}, "a.py"),
        ({"uri": "a.py", "uriBaseId": "%UNKNOWN%"}, "a.py"),
        ({"uri": "one/a.py", "uriBaseId": "PACKAGES"}, "packages/one/a.py"),
        ({"uri": "a.py", "uriBaseId": "BUILD"}, "build/a.py"),
        ({"index": 0}, "listed.py"),
        ({}, ""),
    ],
)  # fmt: skip
def test_paths(artifact: dict[str, Any], path: str) -> None:
    read = read_sarif(
        log(at(**artifact), originalUriBaseIds=BASES, artifacts=[{"location": {"uri": "listed.py"}}]), ROOT
    )
    assert [each.path for each in read.results] == [path]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (result(), "lint L1 note 3-3 no"),
        (result(level="error"), "lint L1 error 3-3 no"),
        (result(ruleId="X9"), "lint X9 warning 3-3 no"),
        (result(ruleId="L1/sub"), "lint L1/sub note 3-3 no"),
        (result(ruleId=None, ruleIndex=0), "lint L1 note 3-3 no"),
        (result(ruleId=None, rule={"index": 0, "toolComponent": {"index": 0}}), "lint E1 error 3-3 no"),
        (result(ruleIndex=1, ruleId="L2", message={"id": "bad", "arguments": ["x"]}), "lint L2 warning 3-3 x is bad"),
        (result(message={"text": "see\n[this](1) and [that](http://x)."}), "lint L1 note 3-3 see this and [that](http://x)"),
        (result(kind="open"), "lint L1 none 3-3 no"),
        (result(kind="pass"), None),
        (result(baselineState="absent"), None),
        (result(suppressions=[{"kind": "inSource"}]), None),
        (result(suppressions=[{"kind": "inSource", "status": "rejected"}]), "lint L1 note 3-3 no"),
        (at(uri="a.py"), "lint L1 note 0-0 no"),
        (result(locations=[]), None),
    ],
)  # fmt: skip
def test_results(said: dict[str, Any], expected: str | None) -> None:
    extension = {"name": "more", "rules": [{"id": "E1", "defaultConfiguration": {"level": "error"}}]}
    read = read_sarif(log(said, tool={"driver": DRIVER, "extensions": [extension]}), ROOT)
    assert read.problem == ""
    lines = [
        f"{each.tool} {each.rule} {each.level} {each.line}-{each.end_line} {each.message}" for each in read.results
    ]
    assert lines == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "it is no JSON"),
        (b"\xff\xfe{", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", "it is no SARIF: it names no version"),
        (b'{"version": "2.0.0", "runs": []}', "it is SARIF 2.0.0, not 2.1.0"),
        (b'{"version": "2.1.0"}', "`runs` is not as SARIF 2.1.0 has it"),
        (b'{"version": "2.1.0", "runs": [1]}', "runs[0] is not as SARIF 2.1.0 has it"),
        (log(result(), 7), "runs[0].results[1] is not as SARIF 2.1.0 has it"),
        (log(result(level="loud")), "runs[0].results[0] is not as SARIF 2.1.0 has it"),
        (log(result(message={})), "runs[0].results[0] is not as SARIF 2.1.0 has it"),
        (log(result(ruleIndex=9)), "runs[0].results[0] is not as SARIF 2.1.0 has it"),
        (log(result(line="x")), "runs[0].results[0] is not as SARIF 2.1.0 has it"),  # type: ignore[arg-type]
        (log(at(uri="a.py", uriBaseId="LOOP"), originalUriBaseIds=BASES), "runs[0].results[0] is not as SARIF 2.1.0 has it"),
        (log(), ""),
        (b"\xef\xbb\xbf" + log(), ""),
        (b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": null}]}', ""),
    ],
)  # fmt: skip
def test_problems(data: bytes, problem: str) -> None:
    assert read_sarif(data, ROOT) == ((), problem)


def test_check_takes_reports_of_other_tools(shop: Path, tmp_path: Path) -> None:  # noqa: F811
    (shop / "shop/c d.py").write_text("one = 1\ntwo = 2\nthree = 3\nfour = 4\n")
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "more")
    autonav(shop, "start", "--edit", "**", "mend")
    (shop / "shop/c d.py").write_text("one = 1\ntwo = 22\nthree = 3\n# autonav: allow AN805 known\nfour = 44\n")
    uri = (shop / "shop/c d.py").as_uri()
    first, second = tmp_path / "first.sarif", tmp_path / "second.sarif"
    first.write_bytes(log(*(result("shop/c%20d.py", line, level="error") for line in (1, 2, 3, 5))))
    second.write_bytes(log(result(uri, 2, ruleId="S3", message={"text": f"a token: {TOKEN}"})))
    given = ("--sarif-in", str(first), "--sarif-in", str(second))
    answer = json.loads(autonav(shop, "check", *given, "--format", "json"))
    found = [each for each in answer["findings"] if each["code"] == "AN805"]
    assert [(each["line"], each["severity"]) for each in found] == [(2, "warning"), (2, "warning")]
    assert found[0]["message"] == "lint L1: no; mend it, or put it back"
    assert found[1]["message"].startswith("lint S3: a token: ")
    assert TOKEN not in json.dumps(answer)
    assert [(each["line"], each["allowed"]) for each in answer["allowed"]] == [(5, "known")]
    written = json.loads(autonav(shop, "check", *given, "--format", "sarif"))
    assert_is_sarif(written)
    assert "AN805" in {each["ruleId"] for each in written["runs"][0]["results"]}
    fix = found[0]["fixes"][0]["params"]
    autonav(shop, "put-back", *fix["paths"], "--lines", str(fix["lines"][0]))
    assert (shop / "shop/c d.py").read_text().startswith("one = 1\ntwo = 2\nthree")


def test_reports_that_cannot_be_used(shop: Path, tmp_path: Path) -> None:  # noqa: F811
    report = tmp_path / "x.sarif"
    report.write_bytes(log(result()))
    autonav(shop, "start", "--edit", "**", "mend")
    for data, said in (
        (None, "cannot be read: No such file"),
        (b"{", "cannot be used: it is no JSON; write it as SARIF 2.1.0"),
        (log(result("/elsewhere/a.py")), "lies within"),
    ):
        report.unlink(missing_ok=True)
        if data is not None:
            report.write_bytes(data)
        assert said in autonav(shop, "check", "--sarif-in", str(report), code=2)


def test_what_is_written_has_the_structure_of_sarif() -> None:
    findings = [
        Finding(
            code, rule.slug, severity, "a b/\udc80%.py", 3, 4, "said", "0123456789abcdef",
            related=(Related("b.py", 1, "there"),),
        )
        for severity in Severity
        for code, rule in all_rules().items()
    ]  # fmt: skip
    document = json.loads(json.dumps(sarif(findings, "1.0")))
    assert_is_sarif(document)
    uri = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "a%20b/%80%25.py"
    assert_is_sarif(sarif([], "1.0"))
    read = read_sarif(json.dumps(document).encode(), ROOT)
    assert {(each.tool, each.path, each.line, each.end_line) for each in read.results} == {
        ("AutoNav", "a b/\udc80%.py", 3, 4)
    }


def assert_is_sarif(document: dict[str, Any]) -> None:
    """Assert what the schema of SARIF 2.1.0 asks of the properties that are written, and that there are no others."""
    assert document.keys() == {"$schema", "version", "runs"}
    assert document["version"] == "2.1.0"
    [run] = document["runs"]
    assert run.keys() == {"tool", "columnKind", "originalUriBaseIds", "results"}
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    driver = run["tool"]["driver"]
    assert driver.keys() == {"name", "version", "informationUri", "rules"}
    ids = [each["id"] for each in driver["rules"]]
    assert len(set(ids)) == len(ids)
    for rule in driver["rules"]:
        assert rule.keys() == {"id", "name", "shortDescription", "fullDescription", "help", "defaultConfiguration"}
        assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))
        assert rule["defaultConfiguration"]["level"] in LEVELS
    for each in run["results"]:
        assert each.keys() == {
            "ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations", "partialFingerprints",
        }  # fmt: skip
        assert ids[each["ruleIndex"]] == each["ruleId"]
        assert each["level"] in LEVELS
        assert each["message"]["text"]
        assert all(isinstance(value, str) for value in each["partialFingerprints"].values())
        for location in (*each["locations"], *each["relatedLocations"]):
            assert location.keys() <= {"physicalLocation", "message"}
            place = location["physicalLocation"]
            assert place.keys() == {"artifactLocation", "region"}
            assert place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
            assert place["artifactLocation"]["uri"].isascii()
            assert " " not in place["artifactLocation"]["uri"]
            assert 1 <= place["region"]["startLine"] <= place["region"]["endLine"]


LEVELS = ("none", "note", "warning", "error")
