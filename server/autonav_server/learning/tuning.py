"""How settings tune a search, and settings with other values of what may be tuned."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from autonav_analysis.search.proposals import all_rewrites
from autonav_protocol.errors import BadRequest
from autonav_protocol.settings import Settings
from autonav_protocol.values.learning import Tuning


def tuning_of(settings: Settings) -> Tuning:
    """Return how a search goes about its budget by these settings; raise BadRequest where they name no rewrite."""
    explore = settings.explore
    if unknown := explore.weights.keys() - {each.name for each in all_rewrites()}:
        raise BadRequest(
            f"explore.weights: there is no rewrite {', '.join(sorted(unknown))}", "docs/rewrites.md has all"
        )
    return Tuning(explore.exploration, explore.first_order, explore.depth, dict(explore.weights))


def tunables(model: type[BaseModel] = Settings, prefix: str = "") -> dict[str, dict[str, Any]]:
    """Return what each tunable field says of itself (`challengers`, `ge`, `le`), by its dotted name."""
    found: dict[str, dict[str, Any]] = {}
    for name, info in model.model_fields.items():
        section, extra = info.annotation, info.json_schema_extra
        if isinstance(section, type) and issubclass(section, BaseModel):
            found |= tunables(section, f"{prefix}{name}.")
        elif isinstance(extra, dict) and isinstance(told := extra.get("tunable"), dict):
            found[f"{prefix}{name}"] = told
    return found


def with_values(settings: Settings, assignments: Sequence[str]) -> Settings:
    """Return settings after assignments like `explore.depth=2` or `explore.weights.change_constant=0.5`.

    Raises BadRequest for what is not tunable, out of its bounds, or no assignment.
    """
    values = settings.model_dump()
    for each in assignments:
        name, equals, said = each.partition("=")
        section, _, field = name.partition(".")
        field, _, key = field.partition(".")
        told = tunables().get(f"{section}.{field}")
        if not equals or told is None or bool(key) != isinstance(values[section][field], dict):
            raise BadRequest(f"{each} sets nothing that is tunable", f"NAME=VALUE, of {', '.join(tunables())}")
        if key and key not in {rewrite.name for rewrite in all_rewrites()}:
            raise BadRequest(f"there is no rewrite {key}", "docs/rewrites.md has them")
        if key:
            values[section][field] = {**values[section][field], key: _number(each, said)}
        else:
            values[section][field] = _number(each, said)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRequest(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _number(assignment: str, said: str) -> float:
    try:
        number = json.loads(said)
    except ValueError:
        number = None
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise BadRequest(f"{assignment} gives no number")
    return number
