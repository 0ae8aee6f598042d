"""What each sandbox says it guarantees, attacked as root and as an ordinary user: every cell must be the truth."""

import os
from pathlib import Path

import pytest

from autonav_protocol.errors import BadRequest, Refused, Unavailable
from autonav_server import sandbox as sandbox_module
from autonav_server.sandbox import GUARANTEES, OWN_CODE, Sandbox, SandboxReport, choose, known_sandboxes
from support.attacks import ATTACKS, Attacker, Bare, as_nobody, attacked, forget
from support.engines import ENGINES, engine

SANDBOXES = {each.name: each for each in known_sandboxes()}
NOTHING = SandboxReport("bare", True, "", dict.fromkeys(GUARANTEES, False))
BARE = Sandbox("bare", 0, lambda: NOTHING, Bare, lambda job: job.checkout)
GUARANTEED = [
    pytest.param(each, marks=pytest.mark.alone) if each == "dies_with_server" else each for each in GUARANTEES
]
"""Whoever starts a pool ends what a killed server left: beside other tests an orphan does not live long enough."""

AS_ROOT_ONLY = "the machine's user is not root"


def test_every_guarantee_has_an_attack() -> None:
    assert tuple(ATTACKS) == tuple(GUARANTEES)


@pytest.mark.parametrize("guarantee", GUARANTEED)
def test_every_attack_succeeds_where_nothing_stops_it(guarantee: str) -> None:
    broken, _, _ = attacked(BARE, guarantee)
    assert broken


@pytest.mark.parametrize("guarantee", GUARANTEED)
@pytest.mark.parametrize("name", ["bubblewrap", "process"])
def test_a_guarantee_is_the_truth(name: str, guarantee: str) -> None:
    broken, promised, reason = attacked(SANDBOXES[name], guarantee)
    if reason:
        pytest.skip(reason)
    assert broken == (not promised)


@pytest.mark.parametrize("guarantee", GUARANTEED)
@pytest.mark.parametrize("name", ["bubblewrap", "process"])
def test_a_guarantee_is_the_truth_for_an_ordinary_user(name: str, guarantee: str) -> None:
    if os.geteuid() != 0:
        pytest.skip(AS_ROOT_ONLY)
    broken, promised, reason = as_nobody(lambda: attacked(SANDBOXES[name], guarantee))
    if reason:
        pytest.skip(reason)
    assert broken == (not promised)


@pytest.mark.parametrize("guarantee", GUARANTEED)
@pytest.mark.parametrize("name", ENGINES)
def test_a_guarantee_of_a_container_is_the_truth(
    name: str, guarantee: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", engine(name))
    forget()
    broken, promised, reason = attacked(SANDBOXES["container"], guarantee)
    forget()
    assert not reason
    assert broken == (not promised)


def test_what_a_killed_server_left_in_an_engine_is_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from autonav_server.sandboxes import container

    monkeypatch.setenv("DOCKER_HOST", engine("dockerd"))
    forget()
    assert container.report().available
    client = container.client()
    client.containers.create(container.IMAGE, ["/bin/sleep", "60"], labels={container.LABEL: "1-0"})
    forget()
    container.client()
    assert client.containers.list(all=True, filters={"label": container.LABEL}) == []
    forget()


def test_a_container_engine_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
    forget()
    report = SANDBOXES["container"].report()
    forget()
    assert not report.available
    assert report.reason


def test_a_sandbox_sees_its_own_checkout_at_the_path_of_the_project(tmp_path: Path) -> None:
    report = SANDBOXES["bubblewrap"].report()
    if not report.available:
        pytest.skip(report.reason)
    attacker = Attacker(SANDBOXES["bubblewrap"], tmp_path)
    (attacker.checkout / "mine").write_text("x")
    assert attacker.breaks("import os; print('BROKEN' if os.path.exists('mine') else 'ok')")


def test_auto_takes_the_first_that_works_and_gives_what_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = SandboxReport("container", False, "no engine", dict.fromkeys(GUARANTEES, False))
    absent = Sandbox("container", 1, lambda: missing, Bare, lambda job: "")
    weak = SandboxReport("process", True, "", {name: name in OWN_CODE for name in GUARANTEES})
    process = Sandbox("process", 100, lambda: weak, Bare, lambda job: "")
    monkeypatch.setattr(sandbox_module, "known_sandboxes", lambda: [absent, process])
    assert choose("auto", OWN_CODE) is process
    with pytest.raises(Refused, match=r"container: no engine; process lacks no_network\)"):
        choose("auto", ("no_network",))
    with pytest.raises(Unavailable, match="container: no engine"):
        choose("container")
    with pytest.raises(BadRequest, match="there is no sandbox moon"):
        choose("moon")
    with pytest.raises(BadRequest, match="there is no guarantee luck"):
        choose("auto", ("luck",))
