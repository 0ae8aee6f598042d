"""The `autonav` command: the first word names a process (`lsp`, `attach`, `demo`) or an operation."""

import importlib
import sys

PROCESSES = {
    "lsp": "Run the language server on standard input and output.",
    "watch": "Show findings in the terminal as they appear.",
    "attach": "Ask a running server: autonav attach VERB [JSON].",
    "demo": "Show the main job on a small repository, in under a minute.",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    name = arguments[0] if arguments and arguments[0] in PROCESSES else "cli"
    module = importlib.import_module(f"autonav_server.surfaces.{name}")
    return module.main(arguments[1:] if name != "cli" else arguments)


if __name__ == "__main__":
    sys.exit(main())
