"""One module and one query file per language; each module defines LANGUAGE."""
