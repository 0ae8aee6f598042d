"""Proposers: real clients, agents and commands; what they answer is audited, and nothing of them is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from autonav_protocol.errors import BadRequest, Unavailable
from autonav_protocol.values.contract import Scope
from autonav_server.confinement import cgroups
from autonav_server.proposer import MOST_BYTES, Brief, Caps, Place, Proposed, Source, audit, known_proposers, propose
from autonav_server.proposing.briefing import MOST_ANCHOR, brief_text
from support.model_server import breaks, cuts, drips, fails, model_server, says, says_a_page, says_invalid_json

AGENTS = Path(__file__).parent / "fixtures/agents"
GCD = "def gcd(a, b):\n    if b == 0:\n        return a\n    return gcd(a % b, b)\n"
FIXED = GCD.replace("a % b, b", "b, a % b")
TEST = "from gcd import gcd\n\n\ndef test_gcd():\n    assert gcd(12, 8) == 4\n"
FILES = {
    "gcd.py": GCD, "docs.md": "# gcd\n", "autonav.toml": "", "tests/test_gcd.py": TEST,
    ".gitignore": "*.log\n", "lib/helper.py": "def help():\n    return 1\n",
}  # fmt: skip
GOOD = "It swaps.\n\ngcd.py\n<<<<<<< SEARCH\n    return gcd(a % b, b)\n=======\n    return gcd(b, a % b)\n>>>>>>> REPLACE\n"
LONG = Caps(calls=1, seconds=120)


@pytest.fixture
def brief(tmp_path: Path) -> Brief:
    checkout = tmp_path / "home/base"
    for path, text in FILES.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(text)
    return Brief(
        test="tests/test_gcd.py::test_gcd",
        output="RecursionError",
        places=(Place("gcd.py", 4, 1.0),),
        scope=Scope(edit=("*.py", "lib/"), never=("lib/secret.py",)),
        protected=("autonav.toml",),
        files={"gcd.py": GCD.encode()},
        checkout=str(checkout),
        anchor="gcd shall end",
    )


@pytest.fixture
def owner(monkeypatch: pytest.MonkeyPatch, brief: Brief) -> Iterator[str]:
    """Mark all that a test starts; in the end nothing of it runs, nothing of it lies about, and the checkout is as it was."""
    mark = uuid4().hex
    monkeypatch.setenv("AUTONAV_TEST_OWNER", mark)
    yield mark
    assert running(mark) == []
    home = Path(brief.checkout).parent
    assert [each.name for each in home.iterdir()] == ["base"]
    seen = {str(each.relative_to(brief.checkout)): each.read_text() for each in home.rglob("*") if each.is_file()}
    assert seen == FILES


def running(mark: str) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and int(folder.name) != os.getpid():
                found += [int(folder.name)] if mark.encode() in (folder / "environ").read_bytes() else []
        except OSError:
            continue
    return found


def ask(brief: Brief, source: Source, caps: Caps = LONG) -> Proposed:
    (proposed,) = propose(brief, source, caps)
    return proposed


def texts(proposed: Proposed) -> dict[str, str]:
    return {path: data.decode() for path, data in proposed.contents.items()}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({}, "it changes nothing"),
        ({"gcd.py": FIXED}, ""),
        ({"lib/new.py": "x = 1\n"}, ""),
        ({"docs.md": "x"}, "docs.md is outside the scope"),
        ({"gcd.py": FIXED, "docs.md": "x"}, "docs.md is outside the scope"),
        ({"autonav.toml": "x = 1"}, "autonav.toml is outside the scope (protected: autonav.toml)"),
        ({"lib/secret.py": "x = 1"}, "lib/secret.py is outside the scope (never: lib/secret.py)"),
        ({"tests/test_gcd.py": "def test_gcd(): pass\n"}, "it changes tests/test_gcd.py, which belongs to the tests"),
        ({"conftest.py": "x = 1\n"}, "it changes conftest.py, which belongs to the tests"),
        ({"tests/test_gcd.py": None}, "it deletes tests/test_gcd.py, which belongs to the tests"),
        ({"lib/helper.py": None}, "it deletes lib/helper.py, which no candidate may"),
        ({"gcd.py": "def gcd(:\n"}, "gcd.py does not parse any more"),
        ({"gcd.py": "#" * (MOST_BYTES + 1)}, "gcd.py becomes larger than 1024 KiB"),
        ({f"lib/m{n}.py": "" for n in range(30)}, "it changes 30 files, more than 20"),
        ({"../gcd.py": "x"}, "'../gcd.py' is no path of the worktree"),
        ({"lib/../gcd.py": "x"}, "'lib/../gcd.py' is no path of the worktree"),
        ({"/gcd.py": "x"}, "'/gcd.py' is no path of the worktree"),
        ({".git/config.py": "x"}, "'.git/config.py' is no path of the worktree"),
        ({"a\nb.py": "x"}, "'a\\nb.py' is no path of the worktree"),
    ],
)
def test_an_answer_counts_only_inside_the_contract(
    brief: Brief, changed: Mapping[str, str | None], problem: str
) -> None:
    assert audit(brief, {path: text if text is None else text.encode() for path, text in changed.items()}) == problem


def test_of_a_file_allowed_by_symbol_nothing_else_may_change(brief: Brief) -> None:
    narrow = replace(brief, scope=Scope(symbols=("gcd.py::gcd",)))
    assert audit(narrow, {"gcd.py": FIXED.encode()}) == ""
    assert audit(narrow, {"gcd.py": (FIXED + "\n\ndef more():\n    pass\n").encode()}) != ""


def test_nothing_is_written_through_a_link(brief: Brief, tmp_path: Path) -> None:
    os.symlink(tmp_path, os.path.join(brief.checkout, "lib/away"))
    os.symlink(tmp_path / "target.py", os.path.join(brief.checkout, "lib/link.py"))
    for path in ("lib/away/new.py", "lib/link.py"):
        assert audit(brief, {path: b"x = 1\n"}) == f"{path} is a link, or lies behind one"


def test_the_brief_says_what_is_asked_and_no_more_of_the_task_than_it_may(brief: Brief) -> None:
    text = brief_text(replace(brief, anchor="é" * 5000, tried=("--- a diff", "another")))
    assert len(text.encode()) < MOST_ANCHOR + 2500
    for each in (brief.test, "RecursionError", "gcd.py:4 (1.00)", "*.py, lib/", "autonav.toml", "--- a diff"):
        assert each in text


def test_unknown_and_unusable_sources_say_what_to_do(brief: Brief, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(known_proposers()) == {"agent", "chat_model", "command"}
    model = Source("chat_model", base_url="http://127.0.0.1:1", model="m", key_variable="AUTONAV_TEST_NO_KEY")
    for source, said in (
        (Source("command"), "names no program"),
        (Source("command", ("no-such-program-here",)), "is not installed"),
        (Source("agent", ("./agent",)), "neither a name nor a whole path"),
        (Source("chat_model", model="m"), "names no endpoint"),
        (model, "the environment has no AUTONAV_TEST_NO_KEY"),
    ):
        with pytest.raises(Unavailable, match=said):
            propose(brief, source, LONG)
    with pytest.raises(BadRequest, match="there are agent, chat_model, command"):
        propose(brief, Source("oracle"), LONG)


@pytest.mark.parametrize(
    ("kind", "api", "library", "extra"),
    [("agent", "openai", "acp", "agents"), ("chat_model", "openai", "openai", "openai"), ("chat_model", "anthropic", "anthropic", "anthropic")],
)  # fmt: skip
def test_a_missing_library_is_named_with_its_extra(
    brief: Brief, monkeypatch: pytest.MonkeyPatch, kind: str, api: str, library: str, extra: str
) -> None:
    module = sys.modules[known_proposers()[kind].available.__module__]
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == library else object())
    with pytest.raises(Unavailable, match=rf"oppie-autonav\[{extra}\]"):
        propose(brief, Source(kind, ("true",), api, "http://127.0.0.1:1", "m"), LONG)  # type: ignore[arg-type]


def script(text: str) -> Source:
    return Source("command", (sys.executable, "-c", text))


EDIT = f"open('gcd.py', 'w').write({FIXED!r})\n"


def test_a_command_works_in_a_copy_and_reads_the_brief(brief: Brief, owner: str) -> None:
    done = ask(
        brief,
        script(
            f"import os, sys\nassert sys.stdin.read() == open(os.environ['AUTONAV_BRIEF']).read()\n{EDIT}"
            "os.makedirs('__pycache__'); open('__pycache__/x.pyc', 'w'); open('run.log', 'w').write('x')\n"
            "print('done', os.getcwd(), os.environ.get('HOME'))"
        ),
    )
    assert (texts(done), done.problem, done.cost.calls) == ({"gcd.py": FIXED}, "", 1)
    assert done.said.startswith("done ")
    assert os.environ["HOME"] in done.said, "it has the person's own environment, and so a login"
    assert brief.checkout + "\n" not in done.said


def test_a_state_of_the_search_is_laid_over_the_checkout(brief: Brief, owner: str) -> None:
    state = replace(brief, files={"gcd.py": b"x = 1\n"})
    done = ask(state, script("open('gcd.py', 'a').write('y = 2\\n')"))
    assert texts(done) == {"gcd.py": "x = 1\ny = 2\n"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("pass", "it changes nothing"),
        (EDIT + "open('docs.md', 'a').write('x')", "docs.md is outside the scope"),
        (EDIT + "open('.gitignore', 'w').write('*')", ".gitignore is outside the scope"),
        (EDIT + "import os; os.remove('tests/test_gcd.py')", "it deletes tests/test_gcd.py, which belongs to the tests"),
        (EDIT + "import shutil; shutil.rmtree('tests')", "it deletes tests/test_gcd.py, which belongs to the tests"),
        (EDIT + "import os; os.symlink('/etc/passwd', 'lib/p.py')", "lib/p.py became a link or a device"),
        (EDIT + "import os; os.mkfifo('lib/p.py')", "lib/p.py became a link or a device"),
        (EDIT + "import os; os.mkfifo('.gitignore.new'); os.replace('.gitignore.new', '.gitignore')", ".gitignore became a link or a device"),
        (EDIT + "open('lib/big.py', 'w').truncate(1 << 40)", "lib/big.py is larger than 16 MiB"),
        ("open('gcd.py', 'w').write('def (')", "gcd.py does not parse any more"),
        (EDIT + "raise SystemExit(3)", f"{os.path.basename(sys.executable)} ended with 3"),
    ],
)  # fmt: skip
def test_what_a_command_may_not_do_is_found_in_its_folder(brief: Brief, owner: str, text: str, problem: str) -> None:
    done = ask(brief, script(text))
    assert (done.contents, done.problem) == ({}, problem)


def test_a_command_may_make_a_repository_of_its_copy(brief: Brief, owner: str) -> None:
    own = (
        "import subprocess\nsubprocess.run('git init -q && git add -A && echo >lib/new.log', shell=True, check=True)\n"
    )
    assert texts(ask(brief, script(own + EDIT))) == {"gcd.py": FIXED}


def test_large_files_and_ignored_links_are_no_change(brief: Brief, tmp_path: Path) -> None:
    with open(os.path.join(brief.checkout, "data.bin"), "wb") as file:
        file.truncate(20 << 20)
    os.symlink("gcd.py", os.path.join(brief.checkout, "link.py"))
    done = ask(brief, script(f"import os\nos.symlink('/usr/bin/python3', 'env.log')\n{EDIT}"))
    assert (texts(done), done.problem) == ({"gcd.py": FIXED}, "")
    done = ask(brief, script(f"open('data.bin', 'r+b').write(b'x')\n{EDIT}"))
    assert done.problem == "data.bin is larger than 16 MiB"


DAEMON = (
    "import os, subprocess, sys\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True,\n"
    "    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
)


def test_a_daemon_outlives_a_plain_run(owner: str) -> None:
    """What the next test is about is real."""
    subprocess.run([sys.executable, "-c", DAEMON], check=True)
    left = running(owner)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    while running(owner):
        time.sleep(0.01)
    assert len(left) == 1


@pytest.mark.parametrize("grouped", [True, False])
def test_a_daemon_is_killed_with_its_command(
    brief: Brief, owner: str, monkeypatch: pytest.MonkeyPatch, grouped: bool
) -> None:
    if not grouped:
        monkeypatch.setattr(cgroups, "make", lambda *_: None)
    assert texts(ask(brief, script(DAEMON + EDIT))) == {"gcd.py": FIXED}


def test_a_command_that_does_not_end_is_ended_with_all_it_started(brief: Brief, owner: str) -> None:
    text = f"import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{EDIT}{DAEMON}time.sleep(600)"
    done = ask(brief, script(text), Caps(1, 1000, 1.5))
    assert done.contents == {}
    assert done.problem.endswith("was ended: its time was up")


def test_git_of_a_command_does_not_find_the_persons_repository(
    brief: Brief, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/somewhere/.git")
    done = ask(brief, script(f"import os\nprint([n for n in os.environ if n == 'GIT_DIR'])\n{EDIT}"))
    assert done.said == "[]\n"


def agent(name: str) -> Source:
    return Source("agent", (sys.executable, str(AGENTS / f"{name}.py")))


def test_an_agent_edits_through_us_and_touches_no_disk(brief: Brief, owner: str) -> None:
    done = ask(brief, agent("good"))
    assert (texts(done), done.problem, done.said) == ({"gcd.py": FIXED}, "", "swapped the arguments")
    assert done.cost._replace(seconds=0) == (1, 100, 20, 0, 0.25)


def test_what_an_agent_writes_by_itself_is_seen_all_the_same(brief: Brief, owner: str) -> None:
    assert texts(ask(brief, agent("direct"))) == {"gcd.py": FIXED}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("idle", "it changes nothing"),
        ("headstrong", "it changes tests/test_gcd.py, which belongs to the tests"),
        ("crashing", "the agent ended: out of luck"),
        ("locked", "the agent refused: Authentication required (log in with the agent itself first)"),
        ("confused", "the agent does not keep to the protocol"),
        ("spendthrift", "the agent used more than 100000 tokens"),
    ],
)
def test_agents_that_come_to_nothing_say_why(brief: Brief, owner: str, name: str, problem: str) -> None:
    done = ask(brief, agent(name))
    assert (done.contents, done.problem) == ({}, problem)


@pytest.mark.parametrize(
    ("name", "said", "grouped"), [("hanging", "thinking", True), ("hanging", "thinking", False), ("babbling", "", True)]
)
def test_an_agent_that_does_not_end_is_ended_with_all_it_started(
    brief: Brief, owner: str, monkeypatch: pytest.MonkeyPatch, name: str, said: str, grouped: bool
) -> None:
    if not grouped:
        monkeypatch.setattr(cgroups, "make", lambda *_: None)
    done = ask(brief, agent(name), Caps(1, 1000, 6))
    assert (done.contents, done.problem, done.said) == ({}, "the agent took more than 6 s", said)


def test_permission_is_what_the_contract_says(brief: Brief, owner: str) -> None:
    done = ask(brief, agent("presumptuous"))
    told = dict(line.rsplit(": ", 1) for line in done.said.splitlines())
    assert {name for name, answer in told.items() if answer == "once"} == {"edit"}
    asked = ("test", "protected", "outside", "mixed", "nothing", "shell", "delete", "fetch")
    assert {told.pop(name) for name in asked} == {"no"}
    told.pop("edit")
    assert set(told.values()) == {"refused (-32602)"}
    assert (done.contents, done.problem) == (
        {}, "it was not allowed: it changes tests/test_gcd.py, which belongs to the tests",
    )  # fmt: skip


def test_an_agent_that_does_not_start_is_a_problem_and_no_error(brief: Brief, owner: str, tmp_path: Path) -> None:
    broken = tmp_path / "agent"
    broken.write_bytes(b"\x7fELF nonsense")
    broken.chmod(0o755)
    assert ask(brief, Source("agent", (str(broken),))).problem.startswith("the agent ")


@pytest.fixture(params=["openai", "anthropic"])
def api(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AUTONAV_TEST_KEY", "sk-test-1234")
    for name in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "a-secret-of-another-endpoint")
    return request.param


def model(api: str, url: str, key: str = "AUTONAV_TEST_KEY") -> Source:
    base = f"{url}/v1" if api == "openai" else url
    return Source("chat_model", api=api, base_url=base, model="m", key_variable=key)  # type: ignore[arg-type]


def test_a_model_answers_in_blocks(brief: Brief, api: str) -> None:
    with model_server(says(GOOD)) as server:
        done = ask(brief, model(api, server.url))
    assert (texts(done), done.problem) == ({"gcd.py": FIXED}, "")
    assert done.cost._replace(seconds=0) == (1, 11, 7, 0, None)
    ((path, headers, body),) = server.requests
    assert (path, body["model"], body["stream"]) == (
        "/v1/chat/completions" if api == "openai" else "/v1/messages", "m", True,
    )  # fmt: skip
    assert GCD in body["messages"][-1]["content"]
    assert 0 < body["max_tokens"] <= 16_000
    assert "a-secret-of-another-endpoint" not in str(headers)
    assert headers.get("authorization", headers.get("x-api-key", "")).endswith("sk-test-1234")


def test_a_server_of_this_machine_needs_no_key(brief: Brief, api: str) -> None:
    with model_server(says(GOOD)) as server:
        assert texts(ask(brief, model(api, server.url, ""))) == {"gcd.py": FIXED}
    assert "a-secret-of-another-endpoint" not in str(server.requests[0][1])


def test_what_an_endpoint_does_not_count_is_guessed(brief: Brief) -> None:
    with model_server(says(GOOD, counted=False)) as server:
        cost = ask(brief, model("openai", server.url, "")).cost
    assert cost.tokens_in > 100
    assert cost.tokens_out == len(GOOD) // 3


@pytest.mark.parametrize("code", [429, 500])
def test_a_busy_server_is_asked_again_by_the_library(brief: Brief, api: str, code: int) -> None:
    with model_server(fails(code), says(GOOD)) as server:
        done = ask(brief, model(api, server.url))
    assert (texts(done), len(server.requests), done.cost.calls) == ({"gcd.py": FIXED}, 2, 1)


@pytest.mark.parametrize(
    ("reaction", "requests"),
    [
        (fails(500), 3),
        (fails(401, '{"error": {"message": "bad key sk-test-1234"}}'), 1),
        (fails(404, "nothing here"), 1),
        (says_invalid_json, 1),
        (says_a_page, 1),
        (cuts(GOOD), 1),
        (breaks(GOOD), 1),
        (says(GOOD, "length"), 1),
    ],
    ids=["500", "401", "404", "invalid json", "page", "cut", "broken off", "too long"],
)
def test_an_endpoint_that_fails_is_a_problem_and_no_error(brief: Brief, api: str, reaction, requests: int) -> None:
    with model_server(reaction) as server:
        done = ask(brief, model(api, server.url))
    assert (done.contents, len(server.requests)) == ({}, requests)
    assert done.problem.startswith(("the model gave no answer: ", "the answer is not whole: ")), done.problem
    assert "sk-test-1234" not in done.problem


def test_a_slow_answer_is_given_up_at_the_cap(brief: Brief, api: str) -> None:
    with model_server(drips) as server:
        done = ask(brief, model(api, server.url), Caps(3, 100_000, 2.0))
    assert done.problem.startswith("the model took more than ")


def test_nobody_listens(brief: Brief, api: str) -> None:
    done = ask(brief, model(api, "http://127.0.0.1:1"))
    assert done.problem.startswith("the model gave no answer: APIConnectionError")


def block(path: str, search: str, text: str) -> str:
    return f"{path}\n<<<<<<< SEARCH\n{search}\n=======\n{text}\n>>>>>>> REPLACE\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("I cannot help with that.", "it holds no block"),
        (GOOD + block("docs.md", "# gcd", "# x"), "there is no file docs.md among those shown"),
        (GOOD + block("docs/new.md", "", "# x"), "docs/new.md is outside the scope"),
        (GOOD + block("docs.md", "", "# x"), "docs.md was not shown, and would be lost"),
        (block("../gcd.py", "", "x = 1"), "block 1 names '../gcd.py', which is no path of the worktree"),
        (block("/tmp/gcd.py", "", "x = 1"), "block 1 names '/tmp/gcd.py', which is no path of the worktree"),
        (block("tests/test_new.py", "", "x = 1"), "it changes tests/test_new.py, which belongs to the tests"),
        (block("gcd.py", "    return gcd(a % b, b)", "    return gcd("), "gcd.py does not parse any more"),
        (block("gcd.py", "    return 5", "    return 6"), "gcd.py: the text to look for is not there: '    return 5'"),
    ],
)
def test_an_answer_that_cannot_be_used_is_told_why_and_asked_again(brief: Brief, text: str, problem: str) -> None:
    with model_server(says(text), says(GOOD)) as server:
        first, second = propose(brief, model("openai", server.url, ""), Caps(3, 100_000, 60))
    assert (first.contents, first.problem) == ({}, problem)
    assert (texts(second), second.problem) == ({"gcd.py": FIXED}, "")
    roles = [(each["role"], problem in each["content"]) for each in server.requests[1][2]["messages"][2:]]
    assert roles == [("assistant", False), ("user", True)]


def test_it_is_asked_no_more_often_and_for_no_more_tokens_than_the_caps_say(brief: Brief, api: str) -> None:
    with model_server(says("no")) as server:
        assert len(propose(brief, model(api, server.url), Caps(2, 100_000, 60))) == 2
        assert len(server.requests) == 2
        few = ask(brief, model(api, server.url), Caps(3, 600, 60))
        assert few.problem == "600 tokens are too few for the brief and an answer"
        assert propose(brief, model(api, server.url), Caps(0, 100_000, 60)) == ()
        assert len(server.requests) == 2
        ask(brief, model(api, server.url), Caps(1, 1500, 60))
        assert server.requests[-1][2]["max_tokens"] < 1500
