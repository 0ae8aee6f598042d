"""What an editor was last told of each file, and what it is to be told again."""

from collections.abc import Iterator, Mapping, Sequence

from lsprotocol import types

Diagnostics = Sequence[types.Diagnostic]
FORGOTTEN = -(2**31)
"""No version that an editor gives."""


class Told:
    """Diagnostics by URI, with the version of the open text they were told for, None where none was open.

    Editors move what they show with every edit and forget it when they reread or close a file, so the same
    findings are told again once an open text is again the one on disk that they are about.
    """

    def __init__(self) -> None:
        self._told: dict[str, tuple[Diagnostics, int | None]] = {}

    def forget(self, uri: str) -> None:
        """Note that the editor may have forgotten what it was told of a file."""
        if uri in self._told:
            self._told[uri] = (self._told[uri][0], FORGOTTEN)

    def due(
        self, wanted: Mapping[str, Diagnostics], versions: Mapping[str, int | None]
    ) -> Iterator[types.PublishDiagnosticsParams]:
        """Yield what is to be told, and note it as told.

        `versions` has each open text that is the one on disk, and None for files that are not open.
        """
        for uri in sorted(self._told.keys() | wanted.keys()):
            now = wanted.get(uri, ())
            before, version_before = self._told.get(uri, ((), None))
            version = versions.get(uri, None if version_before == FORGOTTEN else version_before)
            if list(now) != list(before) or (now and version != version_before):
                yield types.PublishDiagnosticsParams(uri=uri, diagnostics=list(now))
            if now:
                self._told[uri] = (now, version)
            else:
                self._told.pop(uri, None)
