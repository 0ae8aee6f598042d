"""Which functions of a file differ from what they were, as code objects; other differences are refused.

Runs under the project's own interpreter: the standard library alone, Python 3.8 or newer.
"""

import __future__

import ast
import os
import sys
import types
import warnings

OPTIMIZED = 0x1
"""The flag of code that is a function's: it has fast locals."""

DOCUMENTED = 0x4000000
KIND = 0x04 | 0x08 | 0x20 | 0x80 | 0x100 | 0x200
"""The flags of *args, **kwargs, generators and coroutines."""

FIELDS = (
    "co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_flags", "co_argcount",
    "co_kwonlyargcount", "co_posonlyargcount", "co_exceptiontable",
)  # fmt: skip


class Refused(Exception):
    """What was asked cannot be judged here, and why."""


class File:
    """A file of a project as it was when it was imported."""

    def __init__(self, path, data):
        self._path, self._data = path, data
        self._whole = None
        self._statements = None
        self._flags = 0
        self._imports = b""
        self._pieces = {}

    def differences(self, data, *, whole=False):
        """Return pairs of code, the outermost functions that differ; raise Refused where more does.

        No more is compiled than the one statement that changed, if there is one such, and not the `whole` is wanted.
        """
        try:
            found = None if whole else self._in_one_statement(data)
            if found is None:
                if self._whole is None:
                    self._whole = _compiled(self._data, self._path)
                found = list(_pairs(self._whole, _compiled(data, self._path)))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise Refused("it does not compile: %s" % type(error).__name__) from error
        return found

    def _in_one_statement(self, data):
        """Compile the one statement of the module that changed; return None where there is none such."""
        old, new = self._data.split(b"\n"), data.split(b"\n")
        odd = any(each in text for each in (b"\r", b"\f") for text in (self._data, data))
        if odd or any(b"coding" in line for line in old[:2] + new[:2]):
            return None  # lines are counted otherwise, or read otherwise
        shortest = min(len(old), len(new))
        head = next((number for number in range(shortest) if old[number] != new[number]), shortest)
        rest = shortest - head
        tail = next((number for number in range(rest) if old[-1 - number] != new[-1 - number]), rest)
        last = len(old) - tail
        if head == last == len(new) - tail:
            return []
        span = self._enclosing(min(head + 1, last), last)
        if span is None:
            return None
        start, end = span
        if span not in self._pieces:
            self._pieces[span] = self._piece(old, start, end)
        try:
            piece = self._piece(new, start, end + len(new) - len(old))
        except SyntaxError:
            return None
        return list(_pairs(self._pieces[span], piece))

    def _enclosing(self, first, last):
        """Return the first and last line of the one statement that holds lines, None where it is not alone there."""
        if self._statements is None:
            tree = ast.parse(self._data)
            self._statements = []
            for node in tree.body:
                starts = [node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))]
                self._statements.append((min(starts), node.end_lineno))
                if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                    self._flags |= sum(getattr(__future__, each.name).compiler_flag for each in node.names)
            # Methods of what a module imports are called otherwise than those of other names.
            names = sorted(_imported(tree.body))
            self._imports = ("import %s\n" % ", ".join(names)).encode() if names else b""
        found = [each for each in self._statements if each[0] <= last and first <= each[1]]
        if len(found) != 1 or not (found[0][0] <= first and last <= found[0][1]):
            return None
        shared = [each for each in self._statements if each[0] <= found[0][1] and found[0][0] <= each[1]]
        return found[0] if len(shared) == 1 else None

    def _piece(self, lines, start, end):
        text = b"\n" * (start - 1) + b"\n".join(lines[start - 1 : end]) + b"\n" + self._imports
        return _compiled(text, self._path, self._flags)


def check(old, new, name):
    """Raise Refused where the code of a live function cannot be exchanged without a trace."""
    if old.co_freevars != new.co_freevars:
        raise Refused("the free variables of %s changed" % name)
    if old.co_flags & KIND != new.co_flags & KIND or _parameters(old) != _parameters(new):
        raise Refused("the parameters of %s changed" % name)
    if _docstring(old) != _docstring(new):
        raise Refused("the docstring of %s changed" % name)


def is_function_of(code, root, real):
    """Return whether code is a function's and of a file below the root; `real` keeps the real paths of files."""
    if code is None or not code.co_flags & OPTIMIZED:
        return False
    name = code.co_filename
    if name not in real:
        real[name] = os.path.realpath(name)
    return is_below(real[name], root)


def is_below(path, root):
    """Return whether a file is a project's own, and not of an environment that lies in its folder."""
    return path.startswith(root + os.sep) and "site-packages" not in path[len(root) :]


def _compiled(data, path, flags=0):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(data, path, "exec", flags, dont_inherit=True)


def _pairs(old, new):
    """Yield the outermost functions that differ; raise Refused where what is around them does."""
    if _around(old) != _around(new):
        where = "module" if old.co_name == "<module>" else "class"
        raise Refused("the difference is at the level of the %s" % where)
    before, after = _inner(old), _inner(new)
    if [each.co_name for each in before] != [each.co_name for each in after]:
        raise Refused("the list of functions changed")
    places = [(each.co_name, each.co_firstlineno) for each in before]
    for place, one, other in zip(places, before, after):  # noqa: B905 - Python 3.8
        if not one.co_flags & OPTIMIZED:
            yield from _pairs(one, other)
        elif not _is_same(one, other):
            if places.count(place) > 1:
                raise Refused("two functions on line %d have the same name" % one.co_firstlineno)
            if one.co_name.startswith("__annotate"):
                raise Refused("annotations changed")
            yield one, other


def _imported(statements):
    """Return the names that statements import, those of functions and classes in them left out."""
    found = set()
    for node in statements:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(each.asname or each.name.partition(".")[0] for each in node.names if each.name != "*")
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.update(_imported(list(ast.iter_child_nodes(node))))
    return found


def _around(code):
    """Return what code of a module or a class does, without the functions in it."""
    constants = tuple("<code>" if isinstance(each, types.CodeType) else _constant(each) for each in code.co_consts)
    return code.co_code, code.co_names, constants, getattr(code, "co_exceptiontable", b"")


def _inner(code):
    return [each for each in code.co_consts if isinstance(each, types.CodeType)]


def _is_same(one, other):
    """Return whether two codes do the same; lines are left out."""
    if any(getattr(one, name, None) != getattr(other, name, None) for name in FIELDS):
        return False
    if one.co_name != other.co_name or len(one.co_consts) != len(other.co_consts):
        return False
    for left, right in zip(one.co_consts, other.co_consts):  # noqa: B905 - Python 3.8
        both = isinstance(left, types.CodeType), isinstance(right, types.CodeType)
        if both == (True, True):
            if not _is_same(left, right):
                return False
        elif any(both) or _constant(left) != _constant(right):
            return False
    return True


def _constant(value):
    """Return a constant so that True differs from 1, and 0.0 from -0.0."""
    return type(value).__name__, repr(value)


def _parameters(code):
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)
    names = code.co_varnames[:count]
    return code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, names


def _docstring(code):
    first = code.co_consts[0] if code.co_consts else None
    documented = sys.version_info < (3, 14) or code.co_flags & DOCUMENTED
    return first if documented and isinstance(first, str) else None
