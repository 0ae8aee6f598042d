"""What candidates make of the same calls: the calls that tests make are kept, varied, and made with each one's code.

The tests run once, with the sources as they are; then every version runs in a fork of that session, with its own
code in the live functions. Runs under the project's own interpreter: standard library and pytest alone, Python 3.8
or newer.
"""

import base64
import collections.abc
import copy
import gc
import importlib
import json
import os
import random
import resource
import signal
import sys
import tempfile
import threading
import time
import types
from typing import Any

import pytest
from autonav_code import File, Refused, check, is_function_of  # pyright: ignore[reportMissingImports]
from autonav_fork import in_fork  # pyright: ignore[reportMissingImports]
from autonav_inputs import alike, shown  # pyright: ignore[reportMissingImports]

MOST_KEPT, MOST_SEEN = 60, 2000
"""Different calls that are kept of one function, and calls that are looked at for them."""

COPY_SECONDS = 2.0
LONGEST = 2000
"""Characters of the longest call that is kept."""

CALL_CPU, CALL_WALL = 0.5, 2.0
"""Seconds after which a call is said not to end."""

LEAST_CPU, WALL_FACTOR = 2, 8
"""CPU seconds that each version gets for all calls at least, and how much more time than that may pass."""

ENDLESS = "does not end"
MOST_HANGING, MOST_ENDED = 2, 3
COMPLETE = 77
"""The exit code of a fork that came to its own end, which no call is likely to use."""

MOST_ROWS = 100
STOPS = 3
SUSPENDS = 0x80 | 0x100 | 0x200
"""Flags of code that is a coroutine or an asynchronous generator, which a plain call does not run."""


class Late(BaseException):
    """Raised in a call that does not end."""


class Call:
    """A call of a function: its parameters by name in order, and what came for `*` and `**`."""

    def __init__(self, key, named, rest, extra):
        self.key, self.named, self.rest, self.extra = key, named, rest, extra

    def with_value(self, name, value):
        """Return the call with another value for a parameter."""
        return Call(self.key, {**self.named, name: value}, self.rest, self.extra)

    def make(self, function):
        """Call a function and return what came of it in words, what that is, and whether it is an expression."""
        named, rest, extra = copy.deepcopy((self.named, self.rest, self.extra))
        code = function.__code__
        names = list(named)[: code.co_argcount]
        before = {name: shown(each)[0] for name, each in named.items()}
        try:
            only = {name: each for name, each in named.items() if name not in names}
            text, written = shown(function(*(named[name] for name in names), *rest, **only, **extra))
            kind = "gives"
        except Late:
            return ENDLESS, "", False
        except BaseException as error:
            return "raises", type(error).__name__, _is_builtin(error)
        after = {name: shown(each)[0] for name, each in named.items()}
        left = ", ".join("%s = %s" % (name, after[name]) for name in named if after[name] != before[name])
        if not left:
            return kind, text, written
        return ("leaves", left, False) if text == "None" else (kind, "%s and leaves %s" % (text, left), False)

    def words(self, function):
        """Return the call as a person would write it, and whether it is an expression that makes it."""
        code = function.__code__
        values = {name: shown(each) for name, each in self.named.items()}
        names, written = list(values), all(each for _, each in values.values())
        given, spelled, holder = [], False, ""
        if names[:1] in (["self"], ["cls"]) and "." in function.__qualname__:
            holder, written = values[names.pop(0)][0] + ".", False
        for name in names:
            at = list(values).index(name)
            if not self.rest and at >= code.co_posonlyargcount and _is_default(function, code, name, at, values[name]):
                spelled = True
                continue
            named = spelled or at >= code.co_argcount
            given.append("%s=%s" % (name, values[name][0]) if named else values[name][0])
        given += [shown(each)[0] for each in self.rest]
        given += ["%s=%s" % (name, shown(each)[0]) for name, each in self.extra.items()]
        written = written and all(shown(each)[1] for each in (*self.rest, *self.extra.values()))
        is_plain = "." not in function.__qualname__
        return "%s%s(%s)" % (holder, function.__name__, ", ".join(given)), written and is_plain


class Recorder:
    """Keeps the calls of functions, which are known by file, name and first line."""

    def __init__(self, wanted, root):
        self._wanted, self._root, self._real = wanted, root, {}
        self._places = {key[1:] for key in wanted}
        self._seen = dict.fromkeys(wanted, 0)
        self._until = COPY_SECONDS
        self.calls: Any = {key: {} for key in sorted(wanted)}

    def note(self, frame, event, _):
        """Keep a call, where it is the first that reads so; made for `sys.setprofile`."""
        code = frame.f_code
        if event != "call" or (code.co_name, code.co_firstlineno) not in self._places or self._until < 0:
            return
        if not is_function_of(code, self._root, self._real):
            return
        key = (self._real[code.co_filename], code.co_name, code.co_firstlineno)
        if key not in self.calls or len(self.calls[key]) >= MOST_KEPT or self._seen[key] >= MOST_SEEN:
            return
        self._seen[key] += 1
        started = time.process_time()
        try:
            call = _call_of(key, code, frame.f_locals)
            text = "" if call is None else repr([shown(each)[0] for each in (*call.named.values(), *call.rest)])
            if call is not None and len(text) <= LONGEST:
                self.calls[key].setdefault(text + repr(sorted(call.extra)), call)
        except BaseException:  # what cannot be copied, or put into words, is no input
            return
        finally:
            self._until -= time.process_time() - started


def main():
    """Serve the one request on the control pipe."""
    with open(os.environ.pop("AUTONAV_CONTROL")) as control:
        asked = json.loads(control.readline())
    os.environ["AUTONAV_WARM"] = "1"
    sys.path[0] = os.getcwd()  # as `python -m pytest` has it
    pipe = os.environ["AUTONAV_REPORT"]
    say = importlib.import_module("autonav_report").sender(pipe, asked["key"].encode())
    root = os.path.realpath(asked["root"])
    versions, refused = _versions(root, asked["versions"])
    wanted = {(each.co_filename, each.co_name, each.co_firstlineno) for pairs in versions.values() for each, _ in pairs}
    recorder = Recorder(wanted, root)
    threading.setprofile(recorder.note)
    sys.setprofile(recorder.note)
    try:
        pytest.main([*sys.argv[1:], *asked["tests"]])
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    live = _live(wanted, root)
    swaps = {}
    for version, pairs in versions.items():
        try:
            swaps[version] = [(each, new) for old, new in pairs for each in _checked(live, old, new)]
        except Refused as error:
            refused[version] = str(error)
    functions = {key: found[0] for key, found in live.items()}
    kept = [call for key, found in recorder.calls.items() if key in functions for call in found.values()]
    calls = _varied(kept, asked["inputs"], random.Random(asked["seed"]))  # noqa: S311 - chance that can be repeated
    rows = _compared(calls, functions, swaps, asked["seconds"])
    counted = {"compared": sorted(swaps, key=int), "refused": refused, "kept": len(kept), "inputs": len(calls)}
    say({"asked": {**counted, "rows": rows}})


def _versions(root, versions):
    """Return by version the pairs of code that differ, the outermost functions, and why other versions have none."""
    found, refused, files = {}, {}, {}
    for version, overlay in versions.items():
        try:
            pairs = []
            for relative, encoded in overlay.items():
                path = os.path.realpath(os.path.join(root, relative))
                if path not in files:
                    with open(path, "rb") as file:
                        files[path] = File(path, file.read())
                pairs += files[path].differences(base64.b64decode(encoded))
            found[version] = pairs
        except (Refused, OSError) as error:
            refused[version] = str(error)
    return found, refused


def _live(wanted, root):
    """Return the functions that live now, by file, name and first line."""
    found, real = {}, {}
    for each in gc.get_objects():
        if isinstance(each, types.FunctionType) and is_function_of(each.__code__, root, real):
            code = each.__code__
            key = (real[code.co_filename], code.co_name, code.co_firstlineno)
            if key in wanted:
                found.setdefault(key, []).append(each)
    return found


def _checked(live, old, new):
    check(old, new, old.co_name)
    found = live.get((old.co_filename, old.co_name, old.co_firstlineno), ())
    if not found:
        raise Refused("no live function is %s" % old.co_name)
    return found


def _call_of(key, code, local):
    """Return a copy of the call that a frame begins, None where it cannot be made again."""
    count = code.co_argcount + code.co_kwonlyargcount
    names = code.co_varnames[: count + bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)]
    if code.co_flags & SUSPENDS or any(name not in local for name in names):
        return None
    named = {name: local[name] for name in names[:count]}
    others = list(names[count:])
    rest = local[others.pop(0)] if code.co_flags & 0x04 else ()
    extra = local[others.pop(0)] if code.co_flags & 0x08 else {}
    if any(isinstance(each, collections.abc.Iterator) for each in (*named.values(), *rest, *extra.values())):
        return None  # looking at one uses it up
    return Call(key, *copy.deepcopy((named, rest, extra)))


def _varied(kept, most, chance):
    """Return the calls that were kept and calls like them, no more than `most`."""
    pools = {}
    for call in kept:
        for name, value in call.named.items():
            pools.setdefault((call.key, name), {}).setdefault(shown(value)[0], value)
    found = kept[:most]
    layer = kept
    while layer and len(found) < most:
        made = [call.with_value(name, value) for call in layer for name, value in _others(call, pools)]
        chance.shuffle(made)
        layer = made[: most - len(found)]
        found += layer
    return found


def _others(call, pools):
    for name, value in call.named.items():
        if name in ("self", "cls"):
            continue
        for other in alike(value):
            yield name, other
        for text, other in list(pools[call.key, name].items())[:6]:
            if text != shown(value)[0]:
                yield name, other


def _compared(calls, functions, swaps, seconds):
    """Return what is known of the calls of which versions make different things, each of them twice the same."""
    versions = ["", *sorted(swaps, key=int)]  # "" has the sources as they are
    share, until = max(LEAST_CPU, seconds // len(versions)), time.monotonic() + WALL_FACTOR * seconds

    def outcomes(version, numbers):
        return _outcomes(calls, numbers, functions, swaps.get(version, ()), share, until)

    first = {each: outcomes(each, range(len(calls))) for each in versions}
    differ = [n for n in range(len(calls)) if len(set(_known(first, versions[1:], n).values())) > 1]
    again = {each: outcomes(each, differ) for each in versions}
    rows = {}
    for number in differ:
        call, seen, repeated = calls[number], _known(first, versions, number), _known(again, versions, number)
        steady = {each: outcome for each, outcome in seen.items() if repeated.get(each) == outcome}
        if len({outcome for each, outcome in steady.items() if each}) > 1:
            function = functions[call.key]
            text, written = call.words(function)
            rows.setdefault(text, {
                "function": function.__qualname__, "module": function.__module__, "path": call.key[0], "call": text,
                "written": written, "outcomes": steady,
            })  # fmt: skip
    return sorted(rows.values(), key=lambda each: len(each["call"]))[:MOST_ROWS]


def _known(outcomes, versions, number):
    return {each: outcomes[each][number] for each in versions if number in outcomes[each]}


def _outcomes(calls, numbers, functions, swaps, seconds, until):
    """Return by number what came of calls with other code in the live functions; those that were not reached lack."""
    found, left = {}, list(numbers)
    for _ in range(MOST_ENDED):
        ended, said = _in_one_fork(calls, left, functions, swaps, seconds, until)
        found.update(said)
        left = [number for number in left if number not in found]
        if not (ended and left):
            break
        found[left.pop(0)] = ("ends the process", "", False)
    return found


def _in_one_fork(calls, numbers, functions, swaps, seconds, until):
    """Return whether a call ended the process, and what came of those before it."""
    with tempfile.TemporaryFile() as file:

        def work():
            signal.signal(signal.SIGPROF, _late)
            signal.signal(signal.SIGALRM, _late)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            for function, code in swaps:
                function.__code__ = code
            hanging = 0
            for number in numbers:
                outcome = _one(calls[number], functions)
                file.write(json.dumps([number, outcome]).encode() + b"\n")
                file.flush()
                hanging += outcome[0] == ENDLESS
                if hanging == MOST_HANGING:
                    break
            return COMPLETE

        wall = min(until - time.monotonic(), WALL_FACTOR * seconds)
        code = in_fork(work, seconds, wall)[0] if wall > 0 else None
        file.seek(0)
        lines = file.read().split(b"\n")[:-1]
    out_of_time = code in (None, COMPLETE, -signal.SIGXCPU, -signal.SIGKILL)
    return not out_of_time, {number: tuple(outcome) for number, outcome in map(json.loads, lines)}


def _one(call, functions):
    _stopped[0] = 0
    try:
        signal.setitimer(signal.ITIMER_PROF, CALL_CPU, CALL_CPU)
        signal.setitimer(signal.ITIMER_REAL, CALL_WALL, CALL_WALL)
        return call.make(functions[call.key])
    except BaseException as error:
        return (ENDLESS, "", False) if _stopped[0] else ("raises", type(error).__name__, False)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


_stopped = [0]


def _late(_, __):
    _stopped[0] += 1
    if _stopped[0] >= STOPS:
        os._exit(1)
    raise Late


def _is_builtin(error):
    return type(error).__module__ == "builtins"


def _is_default(function, code, name, at, value):
    """Return whether a parameter has the value that it has where it is not given."""
    defaults = function.__defaults__ or ()
    given = {**(function.__kwdefaults__ or {})}
    first = code.co_argcount - len(defaults)
    if first <= at < code.co_argcount:
        given[name] = defaults[at - first]
    return name in given and shown(given[name])[0] == value[0]


if __name__ == "__main__":
    main()
