"""What bodies of functions do: nothing yet, one value whatever is asked, or more."""

import re

STUBS = {
    "python": re.compile(r"\s*(pass|\.\.\.|raise NotImplementedError(\(.*\))?|return|return None)\s*", re.DOTALL),
    "go": re.compile(
        r"\{\s*(panic\(\"(not implemented|unimplemented|todo|implement me)[^)]*\)|return nil)?\s*\}",
        re.IGNORECASE | re.DOTALL,
    ),
    "rust": re.compile(r"\{\s*((todo|unimplemented)!\(.*\);?)?\s*\}", re.DOTALL),
    "javascript": re.compile(
        r"\{\s*(throw new Error\(.{0,3}(not implemented|unimplemented|todo).*\);?|return( null| undefined)?;?)?\s*\}",
        re.IGNORECASE | re.DOTALL,
    ),
}
CONSTANTS = {
    "python": re.compile(r"\s*return\s+(-?[\d.]+|True|False|None|\"[^\"]*\"|'[^']*'|\[\]|\{\}|\(\))\s*"),
    "go": re.compile(r"\{\s*return\s+(-?[\d.]+|true|false|nil|\"[^\"]*\")(\s*,\s*nil)?\s*\}"),
    "rust": re.compile(
        r"\{\s*(return\s+)?(-?[\d.]+|true|false|\"[^\"]*\"|None|Ok\(\(\)\)|vec!\[\]|String::new\(\))\s*;?\s*\}"
    ),
    "javascript": re.compile(r"\{\s*return\s+(-?[\d.]+|true|false|null|\"[^\"]*\"|'[^']*'|\[\]|\{\})\s*;?\s*\}"),
}
SAYS_SO = re.compile(r"NotImplemented|todo!|unimplemented!|not implemented|unimplemented|panic\(", re.IGNORECASE)


def is_stub(language: str, body: str) -> bool:
    """Return whether a body does nothing, or says that it is not written yet."""
    return STUBS.get(language, STUBS["javascript"]).fullmatch(body.strip()) is not None


def is_constant(language: str, body: str) -> bool:
    """Return whether a body returns one written value and does nothing else."""
    return CONSTANTS.get(language, CONSTANTS["javascript"]).fullmatch(body.strip()) is not None


def says_unwritten(body: str) -> bool:
    """Return whether a stub says that it is one."""
    return SAYS_SO.search(body) is not None
