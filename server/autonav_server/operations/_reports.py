"""Findings as the reports that other programs read."""

import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from autonav_analysis.reports.github import github
from autonav_analysis.reports.sarif import sarif

REPORTS: Mapping[str, Callable[[Any], str]] = {
    "sarif": lambda result: json.dumps(sarif(result.findings, version("oppie-autonav")), indent=2),
    "github": lambda result: github(result.findings),
}
"""How a result that has findings is written, by the name of the format."""
