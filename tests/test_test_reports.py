"""Reports of test runners against what they mean, and against all that can be wrong with a report."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autonav_analysis.test_reports import Parsed, add, all_parsers, merged, parse
from autonav_analysis.test_reports import _reading as reading
from autonav_protocol.values.evaluation import Outcome

FIXTURES = Path(__file__).parent / "fixtures/test_reports"
REPORTS = sorted(path for path in FIXTURES.glob("*/*") if not path.name.endswith(".expected.json"))
PARSERS = sorted(all_parsers())
GREEN = {
    "junit_xml": b'<testsuite tests="1"><testcase classname="a.B" name="c"/></testsuite>',
    "unittest_text": b"test_a (m.C.test_a) ... ok\n\n" + b"-" * 70 + b"\nRan 1 test in 0.001s\n\nOK\n",
    "tap": b"TAP version 13\nok 1 - a\n1..1\n",
    "jest_json": b'{"success": true, "testResults": [{"name": "a", "status": "passed", "assertionResults": '
    b'[{"status": "passed", "title": "b"}]}]}',
    "go_json": b'{"Action":"run","Package":"p","Test":"T"}\n{"Action":"pass","Package":"p","Test":"T"}\n'
    b'{"Action":"pass","Package":"p"}\n',
    "cargo_text": b"running 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured\n",
}
RED = [
    ("junit_xml", b'<testsuites failures="1"><testcase name="a"/></testsuites>', "counts failures"),
    ("junit_xml", b'<testsuite><testcase name="a"/><testcase name="b"', "no complete XML"),
    ("junit_xml", b'<!DOCTYPE a [<!ENTITY b "c">]><testsuite><testcase name="&b;"/></testsuite>', "declares entities"),
    ("junit_xml", b"<html><body/></html>", "no JUnit XML"),
    ("junit_xml", b'<testsuite tests="0"/>', "no tests"),
    ("unittest_text", b"test_a (m.C.test_a) ... ok\n", "breaks off"),
    ("unittest_text", b"test_a (m.C.test_a) ... ok\n\nRan 2 tests in 0.1s\n\nOK\n", "2 tests ran, but 1"),
    ("unittest_text", b"test_a (m.C.test_a) ... ok\n\nRan 1 test in 0.1s\n\nFAILED (errors=1)\n", "the run failed"),
    ("unittest_text", b"\nRan 0 tests in 0.000s\n\nOK\n", "no tests ran"),
    ("unittest_text", b"\nRan 0 tests in 0.000s\n\nNO TESTS RAN\n", "no tests ran"),
    ("tap", b"ok 1 - a\n1..2\n", "1 of the 2 planned"),
    ("tap", b"ok 1 - a\n", "no plan"),
    ("tap", b"ok 1 - a\nBail out! no disk\n", "bailed out: no disk"),
    ("tap", b"# Subtest: a\n    ok 1 - b\n", "inside a test"),
    ("tap", b"ok 1 - a\n  ---\n  error: 1\n", "inside a test"),
    ("tap", b"1..0 # skip no tests here\n", "skips all"),
    ("jest_json", b'{"success": false, "testResults": []}', "the run failed"),
    ("jest_json", b'{"success": true, "testResults": [1, {"assertionResults": 3}]}', "no tests"),
    ("jest_json", b"[" * 100_000, "no complete JSON"),
    ("go_json", b"FAIL\tp [build failed]\n", "p does not build"),
    ("go_json", b'{"Action":"build-fail","ImportPath":"p [p.test]"}\n', "p does not build"),
    ("go_json", b'{"Action":"run","Package":"p","Test":"T"}\n{"Action":"ou', "did not come to its end"),
    ("go_json", b'{"Action":"skip","Package":"p"}\n', "no tests"),
    ("go_json", b'go: no such tool "test"\n', "no events"),
    ("cargo_text", b"running 2 tests\ntest a ... ok\n", "broke off after 1 of its 2"),
    ("cargo_text", b"error: could not compile `a` (lib) due to 1 previous error\n", "a does not compile"),
    ("cargo_text", b"error: no such command: `test`\n", "no such command"),
    ("cargo_text", GREEN["cargo_text"].replace(b"1 passed", b"2 passed"), "disagree"),
    ("cargo_text", b"running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured\n", "no tests"),
]


def test_every_format_has_a_report_here() -> None:
    assert {path.parent.name for path in REPORTS} == set(PARSERS) == set(GREEN)


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_report_means_what_is_written_beside_it(path: Path) -> None:
    expected = json.loads(path.with_name(f"{path.name}.expected.json").read_text("utf-8"))
    parsed = parse(path.parent.name, path.read_bytes(), "/project")
    assert {"problem": parsed.problem, "outcomes": dict(parsed.outcomes)} == expected


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_report_cut_anywhere_is_never_all_green(path: Path) -> None:
    data = path.read_bytes()
    for end in range(0, len(data) - 2, max(1, len(data) // 150)):
        cut = parse(path.parent.name, data[:end])
        assert cut.problem or any(each in (Outcome.FAILED, Outcome.ERROR) for each in cut.outcomes.values()), end


@pytest.mark.parametrize("name", PARSERS)
def test_a_green_report_is_green(name: str) -> None:
    parsed = parse(name, GREEN[name])
    assert (list(parsed.outcomes.values()), parsed.problem) == ([Outcome.PASSED], "")


@pytest.mark.parametrize("name", PARSERS)
def test_a_green_report_cut_short_is_a_problem(name: str) -> None:
    data = GREEN[name].rstrip()
    for end in range(len(data) - 8):
        assert parse(name, data[:end]).problem, data[:end]


@pytest.mark.parametrize(("name", "data", "problem"), RED, ids=[f"{name}: {problem}" for name, _, problem in RED])
def test_what_is_wrong_with_a_report_is_said(name: str, data: bytes, problem: str) -> None:
    assert problem in parse(name, data).problem


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize("data", [b"", b" \n", b"\0" * 5000, bytes(range(256)) * 20, b"x" * 1_000_000, b"\xff\xfe<\0"])
def test_what_is_no_report_is_a_problem(name: str, data: bytes) -> None:
    assert parse(name, data).problem
    assert parse(name, data).outcomes == {}


def test_a_report_that_is_too_large_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST", 1 << 20)
    assert parse("tap", GREEN["tap"] + b"#" * (1 << 20)) == Parsed({}, "the report is larger than 1 MiB")


@given(name=st.sampled_from(PARSERS), noise=st.binary(max_size=200), cut=st.floats(0, 1), green=st.booleans())
def test_no_bytes_raise(name: str, noise: bytes, cut: float, green: bool) -> None:
    whole = GREEN[name] if green else next(path for path in REPORTS if path.parent.name == name).read_bytes()
    middle = int(len(whole) * cut)
    assert isinstance(parse(name, whole[:middle] + noise + whole[middle:]), Parsed)


def test_entities_are_refused_before_they_grow() -> None:
    lines = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    bomb = f'<!DOCTYPE t [<!ENTITY a0 "ha">{"".join(lines)}]><testsuite><testcase name="&a9;"/></testsuite>'
    assert parse("junit_xml", bomb.encode()).outcomes == {}
    outside = b'<!DOCTYPE t [<!ENTITY e SYSTEM "file:///etc/hostname">]><testsuite><testcase name="a">&e;</testcase></testsuite>'
    assert "declares entities" in parse("junit_xml", outside).problem


def test_what_a_failing_cargo_test_printed_is_no_test() -> None:
    told = b"running 1 test\ntest a ... FAILED\n\nfailures:\n\n---- a stdout ----\ntest b ... ok\nrunning 1 test\n\n"
    told += b"failures:\n    a\n\ntest result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n"
    assert parse("cargo_text", told) == Parsed({"a": Outcome.FAILED}, "")


def test_of_a_repeated_id_the_worst_is_kept() -> None:
    found: dict[str, Outcome] = {}
    for outcome in (Outcome.SKIPPED, Outcome.ERROR, Outcome.PASSED, Outcome.FAILED):
        add(found, "a", outcome)
    assert found == {"a": Outcome.ERROR}
    one, two = Parsed({"a": Outcome.PASSED}, "x"), Parsed({"a": Outcome.FAILED, "b": Outcome.PASSED}, "y")
    assert merged((one, two, one)) == Parsed({"a": Outcome.FAILED, "b": Outcome.PASSED}, "x; y")


def test_an_empty_suite_beside_full_ones_is_no_problem() -> None:
    files = [parse("junit_xml", path.read_bytes()) for path in REPORTS if path.name.startswith("surefire32")]
    assert "the report holds no tests" in [each.problem for each in files]
    assert (len(merged(files).outcomes), merged(files).problem) == (10, "")
    assert merged(files[1:2]).problem == "the report holds no tests"


def test_ids_do_not_depend_on_where_the_tests_ran() -> None:
    data = (FIXTURES / "jest_json/jest30.json").read_bytes()
    elsewhere = data.replace(b"/project", b"/other/place")
    assert parse("jest_json", data, "/project").outcomes == parse("jest_json", elsewhere, "/other/place/").outcomes
    assert parse("jest_json", data, "/") == parse("jest_json", data)
