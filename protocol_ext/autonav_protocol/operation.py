"""One operation, declared once for every surface."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.fields import FieldInfo


class Effect(StrEnum):
    """What an operation may do, least first; it decides where the operation is exposed."""

    READ = "read"
    EXECUTE = "execute"
    WORKSPACE = "workspace"
    GRANT = "grant"


class Surface(StrEnum):
    """A way in."""

    EDITOR = "editor"
    CLI = "cli"
    ATTACH = "attach"
    MCP = "mcp"


class Params(BaseModel):
    """What an operation is asked; nothing unknown is accepted, and nothing changes afterwards.

    The docstring of a subclass is the operation's documentation on every surface.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    worktree: str | None = Field(
        default=None,
        description="A folder or file inside the worktree meant; needed only where several are open.",
    )


class Result(BaseModel):
    """What an operation answers: always an object, so that it can grow. A value serves as well."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def argument(description: str, *, default: Any = ..., metavar: str | None = None) -> Any:
    """Return a field that the command line takes by position; a list takes all that are left."""
    extra: Any = {"positional": True} | ({"metavar": metavar} if metavar else {})
    return Field(default, description=description, json_schema_extra=extra)


def option(description: str, default: Any, *, metavar: str | None = None, **constraints: Any) -> Any:
    """Return a field that the command line takes as `--name METAVAR`."""
    return Field(
        default,
        description=description,
        json_schema_extra={"metavar": metavar} if metavar else None,
        **constraints,
    )


P = TypeVar("P", bound=Params)
R = TypeVar("R")

EVERYWHERE = frozenset(Surface)


@dataclass(frozen=True)
class Operation(Generic[P, R]):
    """Words, title, types, effect and reach of one operation.

    `words` are what a person types (`scope add`); command, request and file name follow.
    `formats` are those of the command line besides text and json.
    """

    words: str
    title: str
    params: type[P]
    result: type[R]
    effect: Effect
    surfaces: frozenset[Surface] = EVERYWHERE
    formats: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """The file name of the declaration and of the handler."""
        return self.words.replace(" ", "_").replace("-", "_")

    @property
    def command(self) -> str:
        """The LSP command."""
        return "autonav." + self.words.replace(" ", ".")

    @property
    def request(self) -> str:
        """The LSP request."""
        return "autonav/" + self.words.replace(" ", "/")

    @property
    def doc(self) -> str:
        """The documentation: the docstring of the params."""
        return " ".join((self.params.__doc__ or "").split())

    def dump(self, result: R) -> dict[str, Any]:
        """Return the result as JSON values."""
        return TypeAdapter(self.result).dump_python(result, mode="json")

    def result_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the result."""
        return TypeAdapter(self.result).json_schema(mode="serialization")

    def serves(self, surface: Surface) -> bool:
        """Return whether `surface` may offer it: a grant is a person's act, never a program's."""
        if self.effect is Effect.GRANT and surface in (Surface.ATTACH, Surface.MCP):
            return False
        return surface in self.surfaces

    def positional(self) -> Mapping[str, FieldInfo]:
        """Return the fields that the command line takes by position, in order."""
        return {
            name: info
            for name, info in self.params.model_fields.items()
            if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("positional")
        }


@dataclass(frozen=True)
class Event(Generic[R]):
    """A notification from the server; `name` gives the method `autonav/<name>`."""

    name: str
    payload: type[R]

    @property
    def method(self) -> str:
        """The LSP notification."""
        return f"autonav/{self.name}"

    def dump(self, payload: R) -> dict[str, Any]:
        """Return the payload as JSON values."""
        return TypeAdapter(self.payload).dump_python(payload, mode="json")

    def payload_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the payload."""
        return TypeAdapter(self.payload).json_schema(mode="serialization")
