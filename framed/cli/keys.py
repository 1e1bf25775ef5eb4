"""`python -m framed keys new|list|revoke`: API keys, in the file that servers read again by
themselves."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from framed.access.key import ENDS, Key, entry_of, new_key
from framed.access.key_file import read_keys, sole_writer, write_keys
from framed.access.keyring import own_keys
from framed.access.scopes import SCOPES, Scope
from framed.errors import StartupError
from framed.settings import settings

WIDEST_NAME = 24


def run(arguments: Sequence[str]) -> int:
    """Runs one of the three; returns 0, or 1 where there is nothing to do it to.

    Raises `StartupError` for wrong settings, and for a file of keys that cannot be used.
    """
    parsed = _parser().parse_args(arguments)
    file = parsed.file or settings().api_keys_file
    try:
        return int(parsed.action(parsed, file))
    except (OSError, ValueError) as fault:
        raise StartupError(f"{file or 'The key'} cannot be used: {fault}.") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m framed keys", description=__doc__)
    parser.add_argument("--file", type=Path, help="file of keys; default: FRAMED_API_KEYS_FILE")
    actions = parser.add_subparsers(required=True, metavar="new | list | revoke")
    making = actions.add_parser("new", help="make a key and show its secret, this once")
    making.add_argument("name", help="whose it is, as logs and limits call it")
    making.add_argument(
        "--scope",
        action="append",
        choices=[each.value for each in Scope],
        required=True,
        help=f"one of {SCOPES}; may be repeated",
    )
    making.set_defaults(action=_new)
    listing = actions.add_parser("list", help="names, scopes, when made, how the secrets end")
    listing.set_defaults(action=_list)
    revoking = actions.add_parser("revoke", help="make a key worthless")
    revoking.add_argument("name")
    revoking.set_defaults(action=_revoke)
    return parser


def _new(parsed: argparse.Namespace, file: Path | None) -> int:
    try:
        key, secret = new_key(parsed.name, frozenset(map(Scope, parsed.scope)))
    except ValueError as fault:
        raise StartupError(f"{parsed.name!r} cannot be the name: {fault}.") from None
    if key.name in {each.name for each in own_keys(settings())}:
        raise StartupError(f"FRAMED_API_KEYS has a key named {key.name!r} already.")
    if file is None:
        print(f"add to FRAMED_API_KEYS   {entry_of(key)}", file=sys.stderr)
    else:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with sole_writer(file):
            kept = _kept(file)
            if key.name in {each.name for each in kept}:
                raise StartupError(f"{file} has a key named {key.name!r} already; revoke it first.")
            write_keys(file, (*kept, key))
        print(f"{key.name} is in {file}; servers know it within seconds", file=sys.stderr)
    print("the secret, shown this once:", file=sys.stderr)
    print(secret)
    return 0


def _list(parsed: argparse.Namespace, file: Path | None) -> int:
    if file is not None and not file.exists():
        raise StartupError(f"There is no file {file}; `keys new` makes it.")
    found = [(each, "FRAMED_API_KEYS") for each in own_keys(settings())]
    found += [(each, str(file)) for each in (_kept(file) if file else ())]
    if not found:
        print("There are no keys.")
    for key, place in found:
        print(_line(key, place))
    return 0


def _revoke(parsed: argparse.Namespace, file: Path | None) -> int:
    if parsed.name in {each.name for each in own_keys(settings())}:
        print(f"{parsed.name} stands in FRAMED_API_KEYS: take it out there", file=sys.stderr)
        return 1
    if file is None:
        raise ValueError("there is no file of keys; name it with --file or FRAMED_API_KEYS_FILE")
    with sole_writer(file):
        keys = _kept(file)
        left = [each for each in keys if each.name != parsed.name]
        if len(left) == len(keys):
            print(f"there is no key {parsed.name!r} in {file}", file=sys.stderr)
            return 1
        write_keys(file, left)
    print(f"{parsed.name} is revoked")
    return 0


def _kept(file: Path) -> tuple[Key, ...]:
    return read_keys(file) if file.exists() else ()


def _line(key: Key, place: str) -> str:
    scopes = "+".join(sorted(key.scopes))
    ends = f"…{key.ends}" if key.ends else "?"
    about = f"{scopes:<16} {key.created or '?':<25} {ends:<{ENDS + 1}}"
    return f"{key.name:<{WIDEST_NAME}} {about} {place}"
