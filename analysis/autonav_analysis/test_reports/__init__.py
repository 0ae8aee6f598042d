"""What test runners print or write, read: one module per format, each defines PARSER."""

from autonav_analysis.test_reports._parsed import Parsed, Parser, add, worst
from autonav_analysis.test_reports._reading import all_parsers, merged, parse

__all__ = ["Parsed", "Parser", "add", "all_parsers", "merged", "parse", "worst"]
