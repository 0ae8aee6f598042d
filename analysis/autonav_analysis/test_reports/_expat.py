"""An XML parser that refuses what makes a small document large."""

from xml.parsers import expat


class RefusedXml(ValueError):
    """The document declares entities."""


def safe_parser() -> expat.XMLParserType:
    """Return a parser that raises RefusedXml at an entity declaration and never loads anything from outside."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.EntityDeclHandler = _refuse
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    return parser


def _refuse(*_declaration: object) -> None:
    raise RefusedXml("it declares entities")
