"""`python -m framed COMMAND`; a command is a file in `framed/cli` and a line in `COMMANDS`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from framed import __version__
from framed.errors import StartupError

COMMANDS = {  # name -> (module:function from arguments to exit code, a line of help)
    "models": ("framed.cli.models:run", "list, fetch and check models"),
    "cache": ("framed.cli.cache:run", "show, empty and check the cache of features"),
    "keys": ("framed.cli.keys:run", "make, list and revoke API keys"),
    "calibrate": ("framed.cli.calibrate:run", "teach a label bank by photos with known labels"),
    "export": ("framed.cli.export:run", "prepare a model for ONNX Runtime and TensorRT"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Returns 0 when it did its work, 1 when it could not, 2 for a wrong call."""
    parsed = _parser().parse_args(arguments)
    module, _, function = COMMANDS[parsed.command][0].partition(":")
    run = getattr(importlib.import_module(module), function)
    try:
        return int(run(parsed.rest))
    except StartupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()]
    parser = argparse.ArgumentParser(
        prog="python -m framed",
        description="Framed's command line.",
        epilog="\n".join(["commands:", *lines]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"framed {__version__}")
    parser.add_argument("command", choices=COMMANDS, metavar="command")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...")
    return parser


if __name__ == "__main__":
    sys.exit(main())
