"""How real fixes are judged: what two versions do differently is seen, and nothing is claimed of what cannot be run."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

import real_fixes_equality as equality  # pyright: ignore[reportMissingImports]
from real_fixes import wilson  # pyright: ignore[reportMissingImports]
from real_fixes_choice import known  # pyright: ignore[reportMissingImports]

BEFORE = "class Box:\n    def __init__(self, size):\n        self.size = size\n\n    def half(self):\n        return self.size // 2\n\n\ndef clip(text, most):\n    return text[:most]\n"
TESTS = (
    "from box import Box, clip\n\n\ndef test_all():\n    assert Box(4).half() == 2\n    assert clip('abc', 2) == 'ab'\n"
)
VERSIONS = {
    "the same": (BEFORE, False),
    "written otherwise": (BEFORE.replace("text[:most]", "text[slice(most)]"), False),
    "right on the tests alone": (BEFORE.replace("text[:most]", "text[0:2]"), True),
    "another error": (BEFORE.replace("self.size // 2", "self.missing and 2"), True),
}


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[equality.Call], list[list[str]]]:
    folder = project(tmp_path_factory.mktemp("fixed"), BEFORE)
    calls = equality.recorded(sys.executable, folder, ["box.py"], [])
    return calls, [equality.replayed(sys.executable, folder, calls) for _ in range(2)]


def test_calls_of_functions_and_methods_are_recorded(fixed: tuple[list[equality.Call], list[list[str]]]) -> None:
    calls, (once, again) = fixed
    assert {name for _, name, _ in calls} == {"Box.__init__", "Box.half", "clip"}
    assert once == again
    assert len(once) == len(calls) * (1 + equality.MOST_PERTURBED)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_difference_is_seen(version: str, fixed: tuple[list[equality.Call], list[list[str]]], tmp_path: Path) -> None:
    calls, reference = fixed
    source, differs = VERSIONS[version]
    inputs, differ = equality.compared(reference, equality.replayed(sys.executable, project(tmp_path, source), calls))
    assert inputs > 10
    assert bool(differ) is differs


def test_what_does_not_run_at_all_differs_everywhere() -> None:
    assert equality.compared([["a", "b", "c"], ["a", "b", "d"]], []) == (2, 2)


def test_twenty_fixes_are_chosen_each_with_a_test_that_shows_it() -> None:
    assert len({each.name for each in known()}) == 20
    assert all(each.tests for each in known())


def test_intervals_are_wilsons() -> None:
    low, high = wilson(5, 20)
    assert (round(low, 3), round(high, 3)) == (0.112, 0.469)


def project(folder: Path, source: str) -> Path:
    (folder / "box.py").write_text(source)
    (folder / "test_box.py").write_text(TESTS)
    return folder
