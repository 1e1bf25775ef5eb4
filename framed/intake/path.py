"""A photo on this machine's disk, below a configured folder and nowhere else.

The asked path must lie below a root by its letters before the disk is looked at: what is outside,
links included, does not show. Then its links are resolved, and the folder tree is walked from the
root by open directory handles without following links: what was checked is what is opened.
"""

from __future__ import annotations

import asyncio
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from framed.errors import Code, FramedError
from framed.holding import Hold, held_already
from framed.intake.size import check_size
from framed.normal_forms import as_on_disk, below
from framed.photo import PhotoBytes
from framed.size_limit import SizeLimit

_WEB = ("http", "https", "ftp", "ftps", "s3", "gs")
_SCHEME = re.compile(r"\s*(?P<scheme>[a-z][a-z0-9+.-]{1,30}):(?P<slashes>//)?", re.I)
_HERE = ("", "localhost")  # hosts of a `file:` URI
_LONGEST = 4096  # no system opens a longer path, and to resolve one takes the square of its length


@dataclass(frozen=True)
class OpenPhoto:
    """A file that may be read, of `size` bytes when it was opened."""

    file: BinaryIO  # closed with the last who knows it
    size: int
    name: str

    def read(self) -> PhotoBytes:
        """No more bytes than there were, and the file closed.

        Raises `forbidden_path` where the disk fails, `empty` where nothing is left.
        """
        with self.file:
            try:
                data = self.file.read(self.size)
            except OSError:
                raise _forbidden() from None
        check_size(len(data), SizeLimit(self.size, ""))
        return PhotoBytes(data, "path", self.name)


async def read_path(
    text: str, roots: Sequence[Path], limit: SizeLimit, hold: Hold = held_already
) -> PhotoBytes:
    """As `from_path`, in threads, with room of `hold` for as many bytes as the file has."""
    opened = await asyncio.to_thread(open_path, text, roots, limit)
    with opened.file:
        await hold(opened.size)
        return await asyncio.to_thread(opened.read)


def from_path(text: str, roots: Sequence[Path], limit: SizeLimit) -> PhotoBytes:
    """The bytes of what `open_path` opens."""
    return open_path(text, roots, limit).read()


def open_path(text: str, roots: Sequence[Path], limit: SizeLimit) -> OpenPhoto:
    """Open the regular file `text` names (a path or `file:` URI) below one of `roots`.

    A relative path is tried against each root in order. An absolute one may begin with the root as
    it is given here or with the folder that this leads to; `..` takes the name before it away, be
    that a link or nothing at all. Names are found in either normal form of Unicode. Outside the
    roots the answer is `forbidden_path`, whether or not something is there; a web address is
    `forbidden_url`.
    """
    asked = _plain_path(text)
    for root, inside in _places(asked, roots):
        if (found := _open_below(root, inside)) is not None:
            with ExitStack() as unread:
                unread.enter_context(found)
                size = os.fstat(found.fileno()).st_size
                check_size(size, limit)
                unread.pop_all()
            return OpenPhoto(found, size, asked.name)
    raise _forbidden()


def _plain_path(text: str) -> Path:
    head = _SCHEME.match(text)
    scheme = head["scheme"].lower() if head else ""
    if scheme in _WEB or (head and head["slashes"] and scheme != "file"):
        raise FramedError(
            Code.FORBIDDEN_URL, "Web addresses are not fetched here; send the photo itself."
        )
    if len(text) > _LONGEST:
        raise _forbidden()
    plain = _path_of_uri(text) if scheme == "file" else text
    if "\0" in plain:
        raise _forbidden()
    return Path(plain)


def _path_of_uri(uri: str) -> str:
    try:
        parts = urlsplit(uri)
    except ValueError:  # a host that cannot be one
        raise _forbidden() from None
    if parts.netloc.lower() not in _HERE:
        raise _forbidden()
    return unquote(parts.path)


def _places(asked: Path, roots: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Each resolved root that `asked` lies below by its letters, and the path from there."""
    for root in roots:
        resolved = Path(os.path.realpath(root))
        for name in dict.fromkeys((resolved, _collapsed(root.absolute()))):
            candidate = _collapsed(name / asked)
            if (inside := below(candidate, name)) is not None:
                yield resolved, inside


def _collapsed(path: Path) -> Path:
    """The absolute `path` without `..`, by its letters alone."""
    return Path(os.path.normpath(f"//{path}"))  # two slashes at the head would stay, more do not


def _forbidden() -> FramedError:
    return FramedError(
        Code.FORBIDDEN_PATH,
        "This path is not a photo below the folders the service may read; the operator sets them "
        "with FRAMED_PATH_ROOTS.",
    )


def _open_below(root: Path, inside: Path) -> BinaryIO | None:
    """The file, opened, or None where no regular file below the resolved `root` has that path."""
    try:
        asked = root / as_on_disk(root, inside)
        resolved = Path(os.path.realpath(asked)).relative_to(root)
        with ExitStack() as handles:
            return _regular(_open_inside(root, resolved, handles))
    except (OSError, ValueError):
        return None


def _open_inside(root: Path, inside: Path, handles: ExitStack) -> int:
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    handles.callback(os.close, handle)
    for depth, name in enumerate(inside.parts, start=1):
        last = depth == len(inside.parts)
        if last and not stat.S_ISREG(os.lstat(name, dir_fd=handle).st_mode):
            raise FileNotFoundError(name)  # merely to open a pipe or a device may do something
        # O_NONBLOCK: a pipe that was put there since must not wait for a writer
        kind = os.O_NONBLOCK if last else os.O_DIRECTORY
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | kind, dir_fd=handle)
        handles.callback(os.close, handle)
    return handle


def _regular(handle: int) -> BinaryIO | None:
    is_regular = stat.S_ISREG(os.fstat(handle).st_mode)
    return os.fdopen(os.dup(handle), "rb") if is_regular else None
