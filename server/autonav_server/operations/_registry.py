"""Every operation with its handler, and the one way to call it; a missing partner is an error at once."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple

from pydantic import ValidationError

from autonav_protocol import operations as declared
from autonav_protocol.collect import collect
from autonav_protocol.errors import BadRequest, Refused
from autonav_protocol.operation import Effect, Operation, Params
from autonav_server import operations as handled
from autonav_server.context import Context
from autonav_server.grants import demand_person


class Bound(NamedTuple):
    """An operation and what its handler module defines.

    `text` renders a result for a terminal, `formats` in other ways, `exit_code` derives one from
    it, and `free` says whether a grant needs no person just now; each is None or empty where the
    module has none.
    """

    operation: Operation[Any, Any]
    run: Callable[[Context, Any], Awaitable[Any]]
    text: Callable[[Any], str] | None
    exit_code: Callable[[Any, Any], int] | None
    free: Callable[[Context, Any], bool] | None
    formats: Mapping[str, Callable[[Any], str]]


@lru_cache(maxsize=1)
def declared_operations() -> Mapping[str, Operation[Any, Any]]:
    """Return `{words: Operation}` of every operation; raise RuntimeError naming those without a partner.

    Handlers are found by their file names and not imported, so that a server starts sooner.
    """
    return paired(
        collect(declared, "OPERATION", Operation), {each.name for each in pkgutil.iter_modules(handled.__path__)}
    )


def paired(declarations: Mapping[str, Operation[Any, Any]], modules: set[str]) -> dict[str, Operation[Any, Any]]:
    """Return declarations by their words, each with a handler module of the same file name."""
    public = {name for name in modules if not name.startswith("_")}
    if unpaired := public ^ declarations.keys():
        raise RuntimeError(f"operations without both a declaration and a handler: {sorted(unpaired)}")
    if misnamed := [module for module, operation in declarations.items() if operation.module != module]:
        raise RuntimeError(f"operations whose words do not give their file name: {misnamed}")
    return {operation.words: operation for operation in declarations.values()}


def bound_operations() -> Mapping[str, Bound]:
    """Return `{words: Bound}` of every operation, all handlers imported."""
    return {words: bind(operation) for words, operation in declared_operations().items()}


@cache
def bind(operation: Operation[Any, Any]) -> Bound:
    """Return the operation with its handler, importing nothing else."""
    module = importlib.import_module(f"{handled.__name__}.{operation.module}")
    text, exit_code, free = (getattr(module, name, None) for name in ("text", "exit_code", "free"))
    formats = getattr(module, "FORMATS", {})
    if set(formats) != set(operation.formats):
        raise RuntimeError(f"{module.__name__} must define FORMATS for {', '.join(operation.formats) or 'none'}")
    return Bound(operation, module.run, text, exit_code, free, formats)


async def call(bound: Bound, context: Context, raw: Mapping[str, Any]) -> Any:
    """Validate, check that the caller may, run, and record and announce a grant."""
    operation = bound.operation
    params = validated(operation, raw)
    if not operation.serves(context.surface):
        raise Refused(f"{operation.words} is not offered here", "run it in the editor or a terminal")
    granting = operation.effect is Effect.GRANT
    free = granting and bound.free is not None and bound.free(context, params)
    if granting and not free:
        demand_person(context.surface, operation.title.lower())
    result = await bound.run(context, params)
    if granting and not free:
        context.record(f"grant.{operation.words}", params.model_dump(mode="json", exclude_defaults=True))
        context.announce(f"AutoNav: {operation.title.lower()} granted from {context.surface}")
    return result


def validated(operation: Operation[Any, Any], raw: Mapping[str, Any]) -> Params:
    """Return the parameters, or raise BadRequest naming each field that does not fit."""
    try:
        return operation.params.model_validate(raw)
    except ValidationError as error:
        fields = [
            f"{'.'.join(map(str, each['loc'])) or 'params'}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False)
        ]
        raise BadRequest("; ".join(fields)) from error
