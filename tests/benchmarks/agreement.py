"""Agreement with other tools, function by function: ruff, radon and complexipy for Python, lizard for the rest.

Python is the standard library, and what AUTONAV_PYTHON names (Django's source, for instance); the other languages
are the folders of AUTONAV_CORPORA.
"""

import io
import json
import os
import re
import subprocess
import sys
import sysconfig
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

import lizard

from autonav_analysis.complexity.measure import measure
from autonav_analysis.syntax.grammars import languages, load
from autonav_protocol.values.complexity import FunctionComplexity

SHOWN = 12
DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(?:if|ifdef|ifndef|elif)\b", re.MULTILINE)


def rows() -> Iterator[str]:
    """Yield for each corpus and tool the share of equal values, and the first that differ."""
    for folder in (sysconfig.get_path("stdlib"), *filter(None, os.environ.get("AUTONAV_PYTHON", "").split(os.pathsep))):
        yield from python(Path(folder))
    for folder in filter(None, os.environ.get("AUTONAV_CORPORA", "").split(os.pathsep)):
        yield from others(Path(folder))


def python(folder: Path) -> Iterator[str]:
    grammar = load(languages()["python"])
    paths = sorted(
        each for each in folder.rglob("*.py") if "site-packages" not in each.parts and "lib2to3" not in each.parts
    )
    sources = {str(path): path.read_bytes() for path in paths}
    yield f"{folder}: {len(paths):,} files"
    ours = {path: measure(path, source, grammar, profile="ruff", increments=False) for path, source in sources.items()}
    at = {(path, _def_line(sources[path], each)): each for path, found in ours.items() for each in found}
    yield from _compared(
        "ruff C901",
        _ruff(folder),
        {key: each.cyclomatic for key, each in at.items()},
    )
    yield from _compared("radon", _radon(sources), _by_name(sources, grammar, "radon", "cyclomatic"))
    yield from _compared(
        "complexipy", _complexipy(sources), _by_name(sources, grammar, "complexipy", "cognitive"), shown=0
    )


def others(folder: Path) -> Iterator[str]:
    for name, language in languages().items():
        paths = [each for each in sorted(folder.rglob("*")) if each.suffix in language.suffixes and each.is_file()]
        if name == "python" or len(paths) < 20:
            continue
        same, differ = 0, Counter[int]()
        for path in paths:
            source = path.read_bytes()
            found = measure(str(path), source, load(language), increments=False)
            by_end: dict[int, list[FunctionComplexity]] = defaultdict(list)
            for each in found:
                by_end[each.end_line].append(each)
            for other in _lizard(path):
                known = [each for each in by_end.get(other.end_line, ()) if other.name.split("::")[-1] in each.name]
                if not known:
                    continue
                inner = sum(known[0].start_byte < each.start_byte < known[0].end_byte for each in found)
                # lizard counts the preprocessor's conditions, and a closure to the function around.
                directives = len(DIRECTIVE.findall(source[known[0].start_byte : known[0].end_byte]))
                values = {known[0].own_cyclomatic, known[0].cyclomatic, known[0].cyclomatic - inner}
                if other.cyclomatic_complexity - directives in values:
                    same += 1
                else:
                    differ[other.cyclomatic_complexity - directives - known[0].own_cyclomatic] += 1
        total = same + sum(differ.values())
        if total:
            yield f"{folder.name}, {name}: lizard {same:,} of {total:,} equal ({same / total:.2%}); differences {differ.most_common(4)}"


def _lizard(path: Path) -> list[lizard.FunctionInfo]:
    try:
        with redirect_stderr(io.StringIO()):
            return lizard.analyze_file(str(path)).function_list
    except (IndexError, RecursionError, UnicodeDecodeError):  # it fails on some TypeScript
        return []


def _compared(tool: str, theirs: dict[object, int], ours: dict[object, int], shown: int = SHOWN) -> Iterator[str]:
    both = theirs.keys() & ours.keys()
    differ = sorted((key for key in both if theirs[key] != ours[key]), key=str)
    yield f"  {tool}: {len(both) - len(differ):,} of {len(both):,} equal ({1 - len(differ) / max(1, len(both)):.2%}); {len(theirs.keys() - both):,} of its functions not joined"
    yield from (f"    {key}: {tool} {theirs[key]}, ours {ours[key]}" for key in differ[:shown])


def _ruff(folder: Path) -> dict[object, int]:
    argv = [Path(sys.executable).parent / "ruff", "check", "--isolated", "--no-cache", "--select", "C901"]
    argv += ["--config", "lint.mccabe.max-complexity=0", "--output-format", "json", "--exit-zero", folder]
    found = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)
    pattern = re.compile(r"\((\d+) > 0\)")
    return {
        (each["filename"], each["location"]["row"]): int(pattern.findall(each["message"])[0])
        for each in found
        if each["code"] == "C901"
    }


def _radon(sources: dict[str, bytes]) -> dict[object, int]:
    from radon.complexity import cc_visit
    from radon.visitors import Class

    found: dict[object, int] = {}
    for path, source in sources.items():
        try:
            blocks = cc_visit(source.decode("utf-8"))
        except (SyntaxError, UnicodeDecodeError, ValueError, RecursionError):
            continue
        waiting = [each for each in blocks if not isinstance(each, Class)]
        while waiting:
            block = waiting.pop()
            found[path, block.endline, block.name] = block.complexity
            waiting += block.closures
    return found


def _complexipy(sources: dict[str, bytes]) -> dict[object, int]:
    from complexipy import code_complexity

    found: dict[object, int] = {}
    for path, source in sources.items():
        try:
            functions = code_complexity(source.decode("utf-8")).functions
        except Exception:  # whatever it cannot read
            continue
        found |= {(path, each.line_end, each.name.split("::")[-1]): each.complexity for each in functions}
    return found


def _by_name(sources: dict[str, bytes], grammar: object, profile: str, value: str) -> dict[object, int]:
    return {
        (path, each.end_line, each.name.split(".")[-1]): getattr(each, value)
        for path, source in sources.items()
        for each in measure(path, source, grammar, profile=profile, increments=False)  # type: ignore[arg-type]
    }


def _def_line(source: bytes, function: FunctionComplexity) -> int:
    return source.count(b"\n", 0, source.index(b"def", function.start_byte)) + 1
