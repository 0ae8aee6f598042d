"""Handle `explain`: the page of a rule, offline."""

from autonav_analysis.judging import all_rules
from autonav_protocol.errors import NotFound
from autonav_protocol.operations.explain import ExplainParams, ExplainResult
from autonav_server.context import Context


async def run(context: Context, params: ExplainParams) -> ExplainResult:
    wanted = params.code.strip().lower()
    for rule in all_rules().values():
        if wanted in (rule.code.lower(), rule.slug):
            return ExplainResult(code=rule.code, slug=rule.slug, severity=rule.severity, page=rule.page)
    raise NotFound(f"there is no code {params.code}", f"the codes are {', '.join(sorted(all_rules()))}")


def text(result: ExplainResult) -> str:
    return result.page
