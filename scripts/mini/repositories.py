"""The files of public repositories by commit, read by git: fetched, or from copies at hand."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

_PATIENCE = ("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60")  # bytes/s, seconds
_FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--filter=blob:none")

Open = Callable[[str, str, Collection[str], Path], Path]
"""(repository, commit, paths, an empty folder) -> a git directory that has these files."""


class GoneError(Exception):
    """A repository, a commit or a photo that is not to be had; the message says why."""


def fetched(base: str) -> Open:
    """Fetches from `base`/owner/name: one commit without its files, then the files asked for."""

    def open_(repository: str, commit: str, paths: Collection[str], folder: Path) -> Path:
        _git(folder, "init", "--quiet", "--bare", str(folder))
        _git(folder, "remote", "add", "origin", f"{base}/{repository}")
        _git(folder, "config", "remote.origin.promisor", "true")
        _git(folder, *_FETCH, "--depth=1", "origin", commit)
        blobs = blobs_of(folder, commit)
        wanted = "\n".join(sorted({blobs[path] for path in paths if path in blobs}))
        if wanted:
            _git(folder, *_FETCH, "--stdin", "origin", given=wanted.encode())
        return folder

    return open_


def mirrored(command: str) -> Open:
    """Reads the git directory that `command owner/name` prints."""

    def open_(repository: str, commit: str, paths: Collection[str], folder: Path) -> Path:
        run = subprocess.run([*shlex.split(command), repository], capture_output=True, text=True)
        place = Path(run.stdout.strip())
        if run.returncode or not place.is_absolute():
            raise GoneError(f"the mirror gives no folder: {_reason(run.stderr)}")
        return place

    return open_


def blobs_of(store: Path, commit: str) -> dict[str, str]:
    """The object of each file of a commit, by path."""
    listed = _git(store, "ls-tree", "-r", "-z", commit).decode(errors="surrogateescape")
    rows = (row.split("\t", 1) for row in listed.split("\0") if row)
    return {path: about.split()[2] for about, path in rows}


def file_of(store: Path, blobs: Mapping[str, str], path: str) -> bytes:
    """A file of the commit whose `blobs` these are; raises `GoneError` where there is none."""
    if path not in blobs:
        raise GoneError("there is no such file in the commit")
    return _git(store, "cat-file", "blob", blobs[path])


def _git(store: Path, *arguments: str, given: bytes = b"") -> bytes:
    """What git answers, which never asks for a password; raises `GoneError` with what it says."""
    run = subprocess.run(
        ["git", f"--git-dir={store}", *_PATIENCE, *arguments],
        input=given, capture_output=True, env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
    )  # fmt: skip
    if run.returncode:
        raise GoneError(_reason(run.stderr.decode(errors="replace")))
    return run.stdout


def _reason(text: str) -> str:
    lines = text.strip().splitlines() or ["no reason given"]
    return next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1])
