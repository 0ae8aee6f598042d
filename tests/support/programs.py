"""Small functions by chance: branches, loops, handlers, closures and jumps over a few names, some without a value."""

import random
import warnings
from typing import Any

NAMES = ("a", "b", "c", "d", "e")
INPUTS = ((0, 0, 0), (1, 2, 3), (3, -1, 0), (2, 2, 1), (5, 1, 4))
DEEPEST = 5


def program(chance: random.Random) -> str:
    """Return a module with a function `f` of three numbers that ends."""
    given = "".join(f"    {name} = {chance.randint(0, 2)}\n" for name in NAMES[2:] if chance.random() < 0.75)
    return f"def f(a, b, log):\n    log = [log]\n{given}{_block(chance, 1, 5, False)}    return {_value(chance)}, log\n"


def called(source: str, arguments: tuple[int, ...]) -> tuple[str, str]:
    """Return what calling the function gives: the kind and text of its result, or the kind of what it raises."""
    names: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        exec(compile(source, "program", "exec"), names)
    try:
        result = names["f"](*arguments)
    except Exception as error:
        return type(error).__name__, ""
    return type(result).__name__, repr(result)


def _block(chance: random.Random, depth: int, most: int, in_loop: bool) -> str:
    return "".join(_statement(chance, depth, in_loop) for _ in range(chance.randint(1, most)))


def _statement(chance: random.Random, depth: int, in_loop: bool) -> str:
    margin = "    " * depth
    if depth == DEEPEST or chance.random() < 0.42:
        return margin + _simple(chance, in_loop) + "\n"
    kind = chance.choice(("if", "if", "if", "for", "for", "while", "try", "with"))
    inner = _block(chance, depth + 1, 3, in_loop or kind in ("for", "while"))
    if kind == "if":
        found = f"{margin}if {_question(chance)}:\n{inner}"
        while chance.random() < 0.3:
            found += f"{margin}elif {_question(chance)}:\n{_block(chance, depth + 1, 2, in_loop)}"
        if chance.random() < 0.5:
            found += f"{margin}else:\n{_block(chance, depth + 1, 3, in_loop)}"
        return found
    if kind == "for":
        rows = chance.choice(("range(3)", "[1, 2]", "(a, b)", "str(a)[:2]"))
        found = f"{margin}for {chance.choice(NAMES)} in {rows}:\n{inner}"
    elif kind == "while":
        test, stop = chance.choice((("len(log) < 6", ""), ("True", "if len(log) > 7: break\n")))
        stop = margin + "    " + stop if stop else ""
        found = f"{margin}while {test}:\n{margin}    log.append(0)\n{stop}{inner}"
    elif kind == "try":
        name = chance.choice(("", "", " as " + chance.choice(NAMES)))
        caught = f"{margin}except ZeroDivisionError{name}:\n{_block(chance, depth + 1, 2, in_loop)}"
        last = f"{margin}finally:\n{_block(chance, depth + 1, 2, False)}"
        found = f"{margin}try:\n{inner}"
        return found + chance.choice((caught, caught, last, caught + last))
    else:
        return f"{margin}with __import__('contextlib').suppress(ZeroDivisionError):\n{inner}"
    if chance.random() < 0.2:
        found += f"{margin}else:\n{_block(chance, depth + 1, 2, in_loop)}"
    return found


def _simple(chance: random.Random, in_loop: bool) -> str:
    name, value = chance.choice(NAMES), _value(chance)
    made = [f"{name} = {value}"] * 5 + [f"log.append({value})"] * 4 + [f"{name} += 1", f"log.append(10 // {value})"]
    made += [f"{name} = max([str({value})[:1] for c in (1, 2) if c])", f"{name} = sum({value} for d in (1, 2))"]
    if chance.random() < 0.3:
        made += ["return " + value, "return True", f"g = lambda: {value}", "log.append(g())", f"del {name}"]
        made += [
            f"{name}, {chance.choice(NAMES)} = {value}, 2",
            "raise ZeroDivisionError",
            f"len([{name} := {value} for _ in (1, 2)])",
        ]
    if in_loop and chance.random() < 0.5:
        made += ["break", "continue"] * 3
    return chance.choice(made)


def _value(chance: random.Random) -> str:
    name, other = chance.choice(NAMES), chance.choice(NAMES)
    return chance.choice((name, name, other, "0", "1", "len(log)", f"({name} is {other})", f"str({name})[:1]"))


def _question(chance: random.Random) -> str:
    name, value = chance.choice(NAMES), _value(chance)
    asks = (f"{name} == {value}", f"{name} is {value}", f"{name} in ({value}, 1)", f"not {name}", name, "len(log) % 2",
            f"{name} and {value}", f"({name} := {value})", f"{name} or ({chance.choice(NAMES)} := {value})")  # fmt: skip
    return chance.choice(asks)
