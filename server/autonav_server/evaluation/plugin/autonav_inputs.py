"""Values in words, and values like them: what a question to a person is made of.

Runs under the project's own interpreter: standard library alone, Python 3.8 or newer.
"""

import collections.abc
import hashlib
import itertools
import re
import types

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)
DEPTH = 4
MOST_ITEMS = 50
MOST_TEXT = 1000
"""Characters of a value that are said; of the rest only a digest, so that what differs still does."""


def shown(value, depth=DEPTH):
    """Return a value in words, equal words for equal values, and whether they are an expression that gives it."""
    text, written = _shown(value, depth)
    if len(text) <= MOST_TEXT:
        return text, written
    return "%s... (%s)" % (
        text[:MOST_TEXT],
        hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4).hexdigest(),
    ), False


def _shown(value, depth):
    kind = type(value)
    if value is None or kind in (bool, int, str, bytes):
        return repr(value), True
    if kind in (float, complex):
        text = repr(value)
        return text, "n" not in text  # neither nan nor inf
    if depth == 0:
        return "...", False
    if kind in (list, tuple, set, frozenset):
        return _of_items(kind, [_shown(each, depth - 1) for each in itertools.islice(value, MOST_ITEMS + 1)])
    if kind is dict:
        pairs = [(_shown(key, depth - 1), _shown(each, depth - 1)) for key, each in value.items()]
        rows = sorted(("%s: %s" % (key[0], each[0]), key[1] and each[1]) for key, each in pairs)
        return "{%s}" % ", ".join(text for text, _ in rows), all(written for _, written in rows)
    return _of_object(value, kind, depth), False


def _of_object(value, kind, depth):
    """Return what no expression gives: functions by name, iterators by what they bring, objects by their attributes."""
    if isinstance(value, FUNCTIONS):
        return getattr(value, "__qualname__", repr(value))
    if isinstance(value, collections.abc.Iterator) and depth == DEPTH:
        return "iterator of %s" % _shown(list(itertools.islice(value, MOST_ITEMS)), depth - 1)[0]
    if kind.__repr__ is object.__repr__ and hasattr(value, "__dict__"):
        attributes = ("%s=%s" % (name, _shown(each, depth - 1)[0]) for name, each in vars(value).items())
        return "%s(%s)" % (kind.__name__, ", ".join(attributes))
    return ADDRESS.sub("", repr(value))


def _of_items(kind, items):
    """Return a sequence or a set, whose order says nothing."""
    written = all(each for _, each in items) and len(items) <= MOST_ITEMS
    texts = [text for text, _ in items[:MOST_ITEMS]] + ["..."] * (len(items) > MOST_ITEMS)
    if kind is list:
        return "[%s]" % ", ".join(texts), written
    if kind is tuple:
        return "(%s%s)" % (", ".join(texts), "," if len(texts) == 1 else ""), written
    inner = "{%s}" % ", ".join(sorted(texts)) if texts else ""
    return (inner or "set()") if kind is set else "frozenset(%s)" % inner, written


def alike(value, depth=1):
    """Return values of the same type that differ a little, the plainest first."""
    kind = type(value)
    if kind is bool:
        return [not value]
    if kind in (int, float):
        return _distinct(value, (value + 1, value - 1, kind(0), -value, value * 2, kind(1)))
    if kind in (str, bytes):
        return _distinct(value, _texts(value))
    if kind in (list, tuple):
        return _distinct(value, _sequences(value, kind, depth))
    if kind is dict:
        less = [{key: each for key, each in value.items() if key is not left} for left in itertools.islice(value, 3)]
        return [*less, {}] if value else []
    if kind in (set, frozenset):
        ordered = sorted(value, key=repr)
        return [kind(ordered[1:]), kind()] if value else []
    return []


def _texts(value):
    middle = len(value) // 2
    space = value[:0] + (" " if isinstance(value, str) else b" ")
    return (
        value[:0], value[:-1], value[1:], value[::-1], value.upper(), value.lower(), value.swapcase(), value + value,
        value + value[-1:], space + value, value[:middle] + space + value[middle:], value[:1],
    )  # fmt: skip


def _sequences(value, kind, depth):
    """Yield sequences that are shorter, longer or in another order, or have one other item."""
    yield kind()
    yield value[:1]
    yield value[:-1]
    yield value[1:]
    yield value[::-1]
    yield value + value
    yield value + value[-1:]
    if depth:
        for index, each in enumerate(value[:4]):
            for other in alike(each, depth - 1)[:4]:
                yield value[:index] + kind((other,)) + value[index + 1 :]


def _distinct(value, others):
    """Return the values that differ in words from one and from each other."""
    known = {shown(value)[0]}
    found = []
    for each in others:
        text = shown(each)[0]
        if text not in known:
            known.add(text)
            found.append(each)
    return found
