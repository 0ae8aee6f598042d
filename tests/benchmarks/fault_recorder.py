"""Runs tests, keeps what functions were called with, and compares other texts of them on it and on inputs nearby.

Runs under a project's own interpreter: standard library and pytest alone. `python fault_recorder.py JOB` reads a
JSON object: the file, its functions by name and line, the other texts, the tests, and where to write the answer.
"""

import ast
import copy
import gc
import itertools
import json
import os
import random
import re
import resource
import signal
import sys
import types

import pytest

MOST_CALLS, NEARBY, MOST_INPUTS, LONGEST = 60, 3, 240, 200
SECONDS = 0.5
MEMORY = 3 << 30
ADDRESS = re.compile(r"0x[0-9a-f]+")


class Late(BaseException):
    """A call used up its time."""


class Recorder:
    """A pytest plugin that keeps copies of the arguments of calls."""

    def __init__(self, path, functions):
        self._path = os.path.realpath(path)
        self._functions = {(each["name"], each["line"]): each["place"] for each in functions}
        self._codes = {}
        self.calls = {}

    def pytest_collection_finish(self):
        """Start to watch."""
        for each in gc.get_objects():
            if isinstance(each, types.FunctionType) and os.path.realpath(each.__code__.co_filename) == self._path:
                place = self._functions.get((each.__code__.co_name, each.__code__.co_firstlineno))
                if place is not None and place not in self.calls:
                    self.calls[place] = (each, {})
                    self._codes[each.__code__] = place
        sys.setprofile(self._note)

    def pytest_sessionfinish(self):
        """Stop to watch."""
        sys.setprofile(None)

    def _note(self, frame, event, _):
        if event != "call" or frame.f_code not in self._codes:
            return
        known = self.calls[self._codes[frame.f_code]][1]
        if len(known) >= MOST_CALLS:
            return
        sys.setprofile(None)
        try:
            call = copy.deepcopy(_arguments(frame))
            known.setdefault(repr(call)[:5000], call)
        except Exception:
            known.setdefault("", None)  # what cannot be copied is not compared
        finally:
            sys.setprofile(self._note)


def main():
    """Answer one job: for each text whether it differs, null where nothing could be compared."""
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    recorder = Recorder(job["path"], job["functions"])
    pytest.main(["-q", "-p", "no:cacheprovider", *job["tests"]], plugins=[recorder])
    signal.signal(signal.SIGPROF, _late)
    inputs = _inputs(recorder.calls)
    with open(job["answer"], "w", encoding="utf-8") as answer:
        for name, text in job["texts"].items():
            differs = _in_fork(lambda text=text: _differs(job, recorder.calls, inputs, text))
            print(json.dumps({name: differs}), file=answer, flush=True)


def _arguments(frame):
    code, values = frame.f_code, frame.f_locals
    count = code.co_argcount
    names = code.co_varnames
    at = count + code.co_kwonlyargcount
    positional = [values[name] for name in names[:count]]
    if code.co_flags & 0x04:
        positional += values[names[at]]
        at += 1
    named = {name: values[name] for name in names[count : count + code.co_kwonlyargcount]}
    if code.co_flags & 0x08:
        named.update(values[names[at]])
    return positional, named


def _inputs(calls):
    """Return the inputs to compare each function on, with what the function does as it is, twice the same."""
    chance = random.Random(1)
    found = {}
    for place, (function, known) in calls.items():
        mine = []
        recorded = [each for each in known.values() if each is not None]
        nearby = [_nearby(each, chance) for each in recorded for _ in range(NEARBY)]
        for is_nearby, call in [(False, each) for each in recorded] + [(True, each) for each in nearby]:
            if call is None or len(mine) >= MOST_INPUTS:
                continue
            first, second = _outcome(function, call), _outcome(function, call)
            if first[0] != "late" and _same(first, second) and not (is_nearby and first[0] == "raised"):
                mine.append((call, first))
        found[place] = mine
    return found


def _differs(job, calls, inputs, text):
    """Return whether a text of the file behaves otherwise on any input, None where it cannot be put in place."""
    new = dict(_codes(compile(text, job["path"], "exec", dont_inherit=True)))
    lines = dict(_places(ast.parse(text)))
    compared = 0
    for place, (function, _) in calls.items():
        code = new.get((place.rpartition(".")[2].partition("#")[0], lines.get(place, 0)))
        if code is None or code.co_freevars != function.__code__.co_freevars:
            return None
        function.__code__ = code
    for place, (function, _) in calls.items():
        for call, before in inputs[place]:
            compared += 1
            if not _same(before, _outcome(function, call)):
                return True
    return False if compared else None


def _places(tree, prefix=""):
    """Yield the outermost functions by place, with their first lines, decorators included."""
    seen = {}
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            seen[child.name] = seen.get(child.name, 0) + 1
            lines = [child.lineno, *(each.lineno for each in child.decorator_list)]
            yield f"{prefix}{child.name}#{seen[child.name]}", min(lines)
        elif not isinstance(child, ast.expr):
            inner = prefix + child.name + "." if isinstance(child, ast.ClassDef) else prefix + "?."
            yield from _places(child, inner)


def _codes(code):
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield (each.co_name, each.co_firstlineno), each
            yield from _codes(each)


def _outcome(function, call):
    try:
        positional, named = copy.deepcopy(call)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            value = function(*positional, **named)
            if hasattr(value, "__next__"):
                value = list(itertools.islice(value, LONGEST))
            return "returned", value, positional, named
        except Late:
            return "late", None, (), {}
        except Exception as error:
            return "raised", type(error).__name__, (), {}
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except (Exception, Late):  # it cannot be copied, or was late in the very end
        return "late", None, (), {}


def _same(one, other):
    return one[0] == other[0] and all(_alike(*pair) for pair in zip(one[1:], other[1:], strict=True))


def _alike(one, other):
    if type(one) is not type(other):
        return False
    try:
        if bool(one == other):
            return True
        if isinstance(one, (list, tuple)):
            return len(one) == len(other) and all(_alike(*pair) for pair in zip(one, other, strict=True))
        if isinstance(one, dict):
            return list(map(str, one)) == list(map(str, other)) and all(map(_alike, one.values(), other.values()))
        return _shown(one) == _shown(other)
    except Exception:
        return True


def _shown(value):
    return ADDRESS.sub("", repr(value) + repr(getattr(value, "__dict__", "")))


def _nearby(call, chance):
    """Return a call with one plain value changed to another of its type, None where there is none."""
    call = copy.deepcopy(call)
    leaves = [*_leaves(call[0]), *_leaves(call[1])]
    if not leaves:
        return None
    holder, key = chance.choice(leaves)
    holder[key] = _other(holder[key], chance)
    return call


def _leaves(holder, depth=0):
    items = list(holder.items()) if isinstance(holder, dict) else list(enumerate(holder))
    for key, value in items[:20]:
        if type(value) in (int, float, str, bool) or (type(value) in (list, tuple) and value):
            yield holder, key
        if type(value) in (list, dict) and depth < 3:
            yield from _leaves(value, depth + 1)


def _other(value, chance):
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return chance.choice([value + 1, value - 1, value * 2, -value, type(value)(0)])
    if not value:
        return "a"
    at = chance.randrange(len(value))
    shorter, doubled = value[:at] + value[at + 1 :], value[: at + 1] + value[at:]
    return chance.choice([shorter, doubled, value[::-1], value[:0]])


def _in_fork(work):
    """Return what `work` returns in a fork of this process, None where that ends early."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writing, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as file:
        said = file.read()
    os.waitpid(pid, 0)
    return json.loads(said) if said else None


def _late(_, __):
    raise Late


if __name__ == "__main__":
    main()
