"""Whether two versions of a file do the same: the calls that tests make, recorded, perturbed and made of both.

As a plugin of pytest (`-p real_fixes_equality`) it records the arguments of each call into AUTONAV_RECORDED that can
be pickled; as a program it makes recorded calls again and prints what came of each, as JSON.
"""

import asyncio
import contextlib
import copy
import importlib
import inspect
import json
import os
import pickle
import random
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

MOST_RECORDED, MOST_PERTURBED, MOST_ITEMS, SEED = 30, 8, 50, 20_26
CALL_SECONDS, REPLAY_SECONDS = 1.0, 120
FIRST_INSTRUCTIONS = 8
"""A generator that goes on is further than this, in bytes."""

ADDRESS = re.compile(r"0x[0-9a-f]+")
Call = tuple[str, str, bytes]
"""A module, the qualified name of a function in it, and its pickled positional and keyword arguments."""


def recorded(python: str, checkout: Path, paths: Sequence[str], tests: Sequence[str]) -> list[Call]:
    """Return calls of the functions of files that tests of a checkout make."""
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "calls")
        files = os.pathsep.join(os.path.realpath(checkout / each) for each in paths)
        environment = {**_environment(checkout), "AUTONAV_FILES": files, "AUTONAV_RECORDED": target}
        argv = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "real_fixes_equality", *tests]
        subprocess.run(argv, cwd=checkout, env=environment, capture_output=True, check=False, timeout=600)
        return pickle.loads(Path(target).read_bytes()) if os.path.exists(target) else []


def replayed(python: str, checkout: Path, calls: Sequence[Call]) -> list[str]:
    """Return what came of each call, and of each with its arguments changed a little, in a checkout."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "calls"), os.path.join(folder, "outcomes")
        Path(source).write_bytes(pickle.dumps(calls))
        argv = [python, __file__, source, target]
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                argv, cwd=checkout, env=_environment(checkout), capture_output=True, check=False, timeout=REPLAY_SECONDS
            )
        return json.loads(Path(target).read_text()) if os.path.exists(target) else []


def compared(reference: Sequence[Sequence[str]], other: Sequence[str]) -> tuple[int, int]:
    """Return how many inputs could be compared, and how many of them differ; the reference is what two replays said."""
    one, again = reference
    steady = [index for index, (a, b) in enumerate(zip(one, again, strict=False)) if a == b]
    differ = sum(index >= len(other) or other[index] != one[index] for index in steady)
    return len(steady), differ


def _environment(checkout: Path) -> Mapping[str, str]:
    starts = (str(Path(__file__).parent), str(checkout / "src"), str(checkout))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(starts), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}


_calls: dict[Call, None] = {}
_counts: Counter[CodeType] = Counter()


def pytest_collection_finish() -> None:
    """Begin to record."""
    if os.environ.get("AUTONAV_RECORDED"):
        files = os.environ["AUTONAV_FILES"].split(os.pathsep)
        sys.setprofile(
            lambda frame, event, _: _note(frame) if event == "call" and frame.f_code.co_filename in files else None
        )


def pytest_sessionfinish() -> None:
    """Keep what was recorded."""
    sys.setprofile(None)
    if target := os.environ.get("AUTONAV_RECORDED"):
        Path(target).write_bytes(pickle.dumps(list(_calls)))


def _note(frame: FrameType) -> None:
    code = frame.f_code
    is_function = code.co_flags & inspect.CO_OPTIMIZED and "<" not in code.co_qualname
    if not is_function or _counts[code] >= MOST_RECORDED or frame.f_lasti > FIRST_INSTRUCTIONS:
        return
    values = frame.f_locals
    plain = code.co_varnames[: code.co_argcount]
    named = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    rest = code.co_varnames[code.co_argcount + code.co_kwonlyargcount :]
    starred = list(values.get(rest[0], ())) if code.co_flags & inspect.CO_VARARGS and rest else []
    doubled = rest[bool(code.co_flags & inspect.CO_VARARGS) :][:1] if code.co_flags & inspect.CO_VARKEYWORDS else ()
    try:
        given = [values[each] for each in plain] + starred
        keywords = {each: values[each] for each in named} | dict(values[doubled[0]] if doubled else {})
        call = (str(frame.f_globals["__name__"]), code.co_qualname, pickle.dumps((given, keywords)))
    except Exception:  # what cannot be pickled is not compared
        return
    if call not in _calls:
        _counts[code] += 1
        _calls[call] = None


def _replay(source: str, target: str) -> None:
    signal.signal(signal.SIGALRM, _late)
    outcomes = []
    for module, name, pickled in pickle.loads(Path(source).read_bytes()):
        chance = random.Random(f"{SEED} {name} {len(outcomes)}")
        for number in range(1 + MOST_PERTURBED):
            try:
                given, keywords = pickle.loads(pickled)
                if number:
                    _perturb(given, keywords, chance)
                outcomes.append(_outcome(module, name, given, keywords))
            except Exception as error:
                outcomes.append(f"not called: {type(error).__name__}")
    Path(target).write_text(json.dumps(outcomes))


def _outcome(module: str, name: str, given: list[Any], keywords: dict[str, Any]) -> str:
    """Return the kind and text of what a call gives or raises, and what became of its arguments."""
    signal.setitimer(signal.ITIMER_REAL, CALL_SECONDS)
    try:
        result = _function(module, name)(*given, **keywords)
        if inspect.iscoroutine(result):
            result = asyncio.run(result)
        if inspect.isgenerator(result) or isinstance(result, (map, filter, zip)):
            result = list(islice(result, MOST_ITEMS))
        said = f"{type(result).__name__} {result!r}"
    except Exception as error:
        said = f"raised {type(error).__name__}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    after = [
        (repr(each), repr(sorted(vars(each).items(), key=str)) if hasattr(each, "__dict__") else "") for each in given
    ]
    return ADDRESS.sub("", f"{said} after {after}")


def _function(module: str, name: str) -> FunctionType:
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = inspect.getattr_static(found, part)
    if isinstance(found, property):
        found = found.fget
    return inspect.unwrap(getattr(found, "__func__", found))


def _perturb(given: list[Any], keywords: dict[str, Any], chance: random.Random) -> None:
    """Change one plain value among the arguments, and in what they hold."""
    places = list(_places(given)) + list(_places(keywords))
    if places:
        holder, key, value = chance.choice(places)
        holder[key] = chance.choice(_others(value))


def _places(holder: Any, depth: int = 3) -> Iterator[tuple[Any, Any, Any]]:
    """Yield where plain values lie in arguments: the holder, the key in it, and the value."""
    items = (
        list(enumerate(holder))
        if isinstance(holder, list)
        else list(holder.items())
        if isinstance(holder, dict)
        else []
    )
    for key, value in items:
        if isinstance(value, (bool, int, float, str, bytes, list, tuple, dict)):
            yield holder, key, value
        inner = value if isinstance(value, (list, dict)) else getattr(value, "__dict__", None)
        if inner is not None and depth:
            yield from _places(inner, depth - 1)


def _others(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        return [value + 1, value - 1, -value, 0, 2 * value]
    if isinstance(value, (str, bytes)):
        return [value[:0], value[:-1], value[1:], 2 * value, value[::-1], value.upper(), value.lower()]
    if isinstance(value, dict):
        return [{}, dict(list(copy.copy(value).items())[1:])]
    return [value[:0], value[:-1], value[1:], value + value, value[::-1]]


def _late(*_: object) -> None:
    raise TimeoutError


if __name__ == "__main__":
    _replay(*sys.argv[1:])
