"""`python -m framed cache info|clear|verify`: the kept features of photos, looked at from outside.

All three may run beside a server on the same folder.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from framed.answers import cache_folder
from framed.answers.cache_entry import DamagedEntryError, Entry, unpack
from framed.answers.cache_folder import Kept
from framed.settings import MIB, Settings, settings

NAMES_SHOWN = 8  # models and banks named in `info`


def run(arguments: Sequence[str]) -> int:
    """Runs one of the three; returns 0, or 1 where damaged entries or undeletable ones remain.

    Raises `StartupError` for wrong settings.
    """
    parsed = _parser().parse_args(arguments)
    chosen = settings()
    folder = chosen.feature_folder
    try:
        return int(parsed.action(parsed, chosen, folder))
    except FileNotFoundError:
        print(f"Nothing is cached: {folder} is made when a server keeps its first features there.")
        return 0
    except OSError as error:
        print(f"{folder} cannot be read: {error.strerror or error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m framed cache", description=__doc__)
    actions = parser.add_subparsers(required=True, metavar="info | clear | verify")
    showing = actions.add_parser("info", help="where it is, how large, and what is in it")
    showing.set_defaults(action=_info)
    clearing = actions.add_parser("clear", help="delete every entry")
    clearing.set_defaults(action=_clear)
    verifying = actions.add_parser("verify", help="read every entry and name the damaged ones")
    verifying.add_argument("--repair", action="store_true", help="delete the damaged ones")
    verifying.set_defaults(action=_verify)
    return parser


def _info(_: argparse.Namespace, chosen: Settings, folder: Path) -> int:
    found = list(cache_folder.entries(folder))
    size, bound = sum(each.size for each in found), chosen.feature_cache_mb * MIB
    print(f"folder    {folder}")
    print(f"entries   {len(found):,}")
    print(f"size      {_mib(size)} of at most {_mib(bound)}")
    if found:
        oldest, newest = min(each.used for each in found), max(each.used for each in found)
        print(f"used      {_moment(oldest)} to {_moment(newest)}")
        _print_contents(found)
    if not chosen.feature_cache:
        print("The feature cache is turned off (FRAMED_FEATURE_CACHE): no server uses it.")
    return 0


def _print_contents(found: Sequence[Kept]) -> None:
    models, banks, damaged = Counter[str](), Counter[str](), 0
    for _, entry in _read_each(each.path for each in _progress(found)):
        if isinstance(entry, DamagedEntryError):
            damaged += 1
            continue
        models.update(_named(entry, "model"))
        banks.update(_named(entry, "bank"))
    print(f"models    {_listed(models)}")
    print(f"banks     {_listed(banks)}")
    if damaged:
        print(f"damaged   {damaged:,}; `python -m framed cache verify` names them")


def _clear(_: argparse.Namespace, chosen: Settings, folder: Path) -> int:
    gone: list[Kept] = []
    stuck: list[Kept] = []
    for each in cache_folder.entries(folder):
        (gone if cache_folder.discard(each.path) else stuck).append(each)
    print(f"{_entries(len(gone))} deleted, {sum(each.size for each in gone):,} bytes")
    if stuck:
        print(f"{_entries(len(stuck))} could not be deleted from {folder}", file=sys.stderr)
    return int(bool(stuck))


def _verify(parsed: argparse.Namespace, chosen: Settings, folder: Path) -> int:
    files = [*(each.path for each in cache_folder.entries(folder)), *cache_folder.impostors(folder)]
    whole, deleted, remaining = 0, 0, 0
    for file, entry in _read_each(_progress(sorted(files))):
        if isinstance(entry, Entry):
            whole += 1
            continue
        tqdm.write(f"{file}: {entry}", file=sys.stdout)
        if parsed.repair and cache_folder.discard(file):
            deleted += 1
        else:
            remaining += 1
    print(f"{_entries(whole)} whole, {deleted + remaining:,} damaged{_of_these(deleted, parsed)}")
    return int(bool(remaining))


def _of_these(deleted: int, parsed: argparse.Namespace) -> str:
    return f", {deleted:,} of these deleted" if parsed.repair else ""


def _read_each(files: Iterable[str]) -> Iterator[tuple[str, Entry | DamagedEntryError]]:
    """Each file that is still there, and its entry or what is wrong with it."""
    for file in files:
        with suppress(FileNotFoundError):  # a server evicted it meanwhile
            yield file, _read(file)


def _read(file: str) -> Entry | DamagedEntryError:
    try:
        return unpack(cache_folder.read(file))
    except DamagedEntryError as damage:
        return damage
    except FileNotFoundError:
        raise
    except OSError as error:  # a bad sector, say
        return DamagedEntryError(f"it cannot be read: {error.strerror or error}")


def _progress(found: Sequence[Any]) -> Iterable[Any]:
    return tqdm(found, unit="entry", disable=None, leave=False)


def _named(entry: Entry, key: str) -> Iterator[str]:
    if (value := entry.version.get(key)) is not None:
        yield value if isinstance(value, str) else json.dumps(value)


def _listed(names: Counter[str]) -> str:
    if not names:
        return "not stated"
    shown = [f"{name} ({count:,})" for name, count in names.most_common(NAMES_SHOWN)]
    more = [f"and {len(names) - len(shown):,} more"] if len(names) > len(shown) else []
    return f"{len(names):,}: {', '.join([*shown, *more])}"


def _entries(count: int) -> str:
    return f"{count:,} {'entry' if count == 1 else 'entries'}"


def _mib(size: int) -> str:
    return f"{size / MIB:,.1f} MiB" if size >= MIB else f"{size / 1024:,.1f} KiB"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).isoformat(sep=" ", timespec="seconds")
