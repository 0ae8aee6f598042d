"""Changes that make tests pass without making the code right, as tables, and what the rules say of them."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autonav_analysis.judging import judge
from support.audits import audit_of

FIXTURES = Path(__file__).parents[1] / "fixtures/cheats"


@dataclass(frozen=True)
class Cheat:
    """One cheat: where one of its kind was reported, its files, and what is to be found of it, as `CODE severity`.

    `why` says why nothing is found. `hidden` is a source with the error that the cheat hides, "" for none.
    """

    name: str
    language: str
    reported: str
    files: tuple[Mapping[str, str], ...]
    found: tuple[str, ...]
    why: str = ""
    hidden: str = ""


def cheats() -> Iterator[Cheat]:
    """Yield every cheat, by file and in order."""
    for path in sorted(FIXTURES.glob("*.toml")):
        for each in tomllib.loads(path.read_text("utf-8"))["cheat"]:
            table: dict[str, Any] = {**each, "files": tuple(each["files"]), "found": tuple(each["found"])}
            yield Cheat(language=path.stem, **table)


def found_in(cheat: Cheat) -> tuple[str, ...]:
    """Return what the rules about tests find, as `CODE severity`, in order and each once."""
    audit = audit_of({"files": cheat.files})
    findings = [*judge(audit), *(each for file in audit.files for each in judge(file))]
    return tuple(sorted({f"{each.code} {each.severity}" for each in findings if each.code.startswith("AN7")}))
