"""What a licence is and what a policy says of it, whatever way a package names it."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from autonav_analysis.contracts.globs import deciding_glob
from autonav_protocol.values.licence import LicenceVerdict

NAMED = {
    "mit license": "MIT", "mit": "MIT", "expat": "MIT", "expat license": "MIT",
    "apache software license": "Apache-2.0", "apache license 2.0": "Apache-2.0", "apache 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0", "apache-2": "Apache-2.0", "apache license version 2.0": "Apache-2.0",
    "apache": "Apache-2.0", "apache2": "Apache-2.0", "apache license": "Apache-2.0",
    "bsd license": "BSD-3-Clause", "bsd": "BSD-3-Clause", "new bsd": "BSD-3-Clause", "modified bsd": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause", "3-clause bsd license": "BSD-3-Clause", "bsd 3-clause": "BSD-3-Clause",
    "bsd-3": "BSD-3-Clause", "simplified bsd": "BSD-2-Clause", "bsd 2-clause": "BSD-2-Clause",
    "isc license (iscl)": "ISC", "isc license": "ISC", "python software foundation license": "PSF-2.0",
    "psf": "PSF-2.0", "the unlicense (unlicense)": "Unlicense", "public domain": "Unlicense",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0", "mpl 2.0": "MPL-2.0", "mpl": "MPL-2.0",
    "gnu general public license v3 (gplv3)": "GPL-3.0-only", "gplv3": "GPL-3.0-only", "gpl": "GPL-2.0-or-later",
    "gnu general public license v2 (gplv2)": "GPL-2.0-only", "gplv2": "GPL-2.0-only", "gpl-3": "GPL-3.0-only",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later", "gplv3+": "GPL-3.0-or-later",
    "gnu general public license v2 or later (gplv2+)": "GPL-2.0-or-later", "gplv2+": "GPL-2.0-or-later",
    "gnu general public license (gpl)": "GPL-2.0-or-later", "agplv3": "AGPL-3.0-only", "agplv3+": "AGPL-3.0-or-later",
    "gnu affero general public license v3": "AGPL-3.0-only",
    "gnu affero general public license v3 or later (agplv3+)": "AGPL-3.0-or-later",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only", "lgpl": "LGPL-2.1-or-later",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later", "lgplv3+": "LGPL-3.0-or-later",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.1-or-later",
    "gnu library or lesser general public license (lgpl)": "LGPL-2.1-or-later", "lgplv3": "LGPL-3.0-only",
    "zope public license": "ZPL-2.1", "boost software license 1.0 (bsl-1.0)": "BSL-1.0",
}  # fmt: skip
"""How packages name licences that are not SPDX expressions: classifiers and words in use."""

TEXTS = (
    ("AGPL-3.0-only", r"GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3"),
    ("LGPL-3.0-only", r"GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3"),
    ("LGPL-2.1-only", r"GNU LESSER GENERAL PUBLIC LICENSE\s+Version 2\.1"),
    ("GPL-3.0-only", r"GNU GENERAL PUBLIC LICENSE\s+Version 3"),
    ("GPL-2.0-only", r"GNU GENERAL PUBLIC LICENSE\s+Version 2"),
    ("MPL-2.0", r"Mozilla Public License,? (Version|v\.) ?2\.0"),
    ("Apache-2.0", r"Apache License\s+Version 2\.0"),
    ("BSD-3-Clause", r"Redistribution and use in source and binary forms[\s\S]+(Neither the name|names? of (its|the))"),
    ("BSD-2-Clause", r"Redistribution and use in source and binary forms"),
    ("ISC", r"Permission to use, copy, modify, and(/or)? distribute this software"),
    ("MIT", r"Permission is hereby granted, free of charge, to any person obtaining a copy"),
    ("Unlicense", r"This is free and unencumbered software released into the public domain"),
)
"""By the words that only this licence has."""

ORDER = (LicenceVerdict.ALLOWED, LicenceVerdict.ASK, LicenceVerdict.UNKNOWN, LicenceVerdict.DENIED)
"""From good to bad: of alternatives the first counts, of what holds together the last."""


def spdx(words: str) -> str:
    """Return the SPDX expression that a package's words for its licence mean, "" where that is not known."""
    text = " ".join(words.replace("\n", " ").split())
    if not text or len(text) > 200:
        return licence_of_text(words)
    named = NAMED.get(text.lower())
    if named is not None:
        return named
    joined = re.sub(r"\s*/\s*", " OR ", text)
    return joined if _parsed(joined) is not None else NAMED.get(text.lower().removeprefix("the ").rstrip("."), "")


def licence_of_text(text: str) -> str:
    """Return the SPDX identifier of a licence's own text, "" where it is not known."""
    return next((name for name, pattern in TEXTS if re.search(pattern, text[:20_000], re.IGNORECASE)), "")


def verdict(licence: str, allow: Sequence[str], ask: Sequence[str], deny: Sequence[str]) -> LicenceVerdict:
    """Return what a policy says of an SPDX expression; of `OR` the best counts, of `AND` the worst.

    What a list does not name is asked about.
    """
    parsed = _parsed(licence) if licence else None
    if parsed is None:
        return LicenceVerdict.UNKNOWN
    return _verdict(parsed, tuple(allow), tuple(ask), tuple(deny))


def _verdict(node: Any, allow: tuple[str, ...], ask: tuple[str, ...], deny: tuple[str, ...]) -> LicenceVerdict:
    arguments = getattr(node, "args", ())
    if arguments:
        each = [_verdict(one, allow, ask, deny) for one in arguments]
        choose = min if type(node).__name__ == "OR" else max
        return choose(each, key=ORDER.index)
    key = str(getattr(node, "key", node)).partition(" WITH ")[0]
    if deciding_glob(deny, key):
        return LicenceVerdict.DENIED
    if deciding_glob(ask, key):
        return LicenceVerdict.ASK
    return LicenceVerdict.ALLOWED if deciding_glob(allow, key) else LicenceVerdict.ASK


@cache
def _parsed(expression: str) -> Any:
    """Return the parsed expression, None where it is none or names what SPDX does not know."""
    from license_expression import ExpressionError, ExpressionParseError

    try:
        return _licensing().parse(expression, validate=True)
    except (ExpressionError, ExpressionParseError, TypeError, AttributeError):
        return None


@cache
def _licensing() -> Any:
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()
