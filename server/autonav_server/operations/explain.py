"""Handle `explain`: the page of a rule, offline."""

from autonav_analysis import rules
from autonav_analysis.rule import Rule
from autonav_protocol.collect import collect
from autonav_protocol.errors import NotFound
from autonav_protocol.operations.explain import ExplainParams, ExplainResult
from autonav_server.context import Context


async def run(context: Context, params: ExplainParams) -> ExplainResult:
    wanted = params.code.strip().lower()
    known = collect(rules, "RULE", Rule).values()
    for rule in known:
        if wanted in (rule.code.lower(), rule.slug):
            return ExplainResult(code=rule.code, slug=rule.slug, severity=rule.severity, page=rule.page)
    listed = ", ".join(sorted(rule.code for rule in known))
    raise NotFound(f"there is no code {params.code}", f"the codes are {listed}")


def text(result: ExplainResult) -> str:
    return result.page
