"""Files that are none: refused at once, whatever lies in their place."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from framed import regular_file
from framed.regular_file import IrregularFileError, open_regular, read_regular, read_regular_text

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")


def test_a_file_is_read(tmp_path: Path) -> None:
    """All of its bytes, also through links, as configuration folders have them."""
    (tmp_path / "data").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("data")
    assert read_regular(tmp_path / "link", 5) == b"12345"
    (tmp_path / "text").write_text("été", encoding="utf-8")
    assert read_regular_text(tmp_path / "text") == "été"


@pytest.mark.parametrize("kind", ["fifo", "device", "socket", "folder"])
def test_what_is_no_file_is_refused(kind: str, tmp_path: Path) -> None:
    """A FIFO without a writer would hold its reader for ever, a device might never end."""
    place = tmp_path / "f"
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "device":
        place.symlink_to("/dev/zero")
    elif kind == "folder":
        place.mkdir()
    else:
        socket.socket(socket.AF_UNIX).bind(str(place))
    with pytest.raises(OSError, match=r"is not a regular file|Is a directory"):
        read_regular(place, 100)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """One byte over the bound is too much, and the bound is named."""
    file = tmp_path / "f"
    file.write_bytes(b"x" * 2049)
    with pytest.raises(IrregularFileError, match="is larger than 2 KiB"):
        read_regular(file, 2048)
    with open_regular(file) as stream:
        assert len(stream.read()) == 2049


def test_a_circle_of_links_is_refused(tmp_path: Path) -> None:
    """The system notices, and its word is passed on."""
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        read_regular(tmp_path / "a", 1)


def test_a_file_that_grows_is_not_read_by_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who writes at the same moment is told to try again; no reader runs after the writer."""
    file = tmp_path / "f"
    file.write_bytes(b"begun")
    real, looks = os.fstat, iter(range(9))

    def fstat(descriptor: int) -> os.stat_result:
        if next(looks) == 2:  # the look after the bytes were read
            with file.open("ab") as writer:
                writer.write(b" and done")
        return real(descriptor)

    monkeypatch.setattr(regular_file.os, "fstat", fstat)
    with pytest.raises(IrregularFileError, match="written to while it was read"):
        read_regular(file, 100)


def test_nothing_is_left_open(tmp_path: Path) -> None:
    """A refused file costs no descriptor."""
    os.mkfifo(tmp_path / "fifo")
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0
    for _ in range(20):
        for place in (tmp_path / "fifo", tmp_path):
            with pytest.raises(OSError, match=r"fifo|directory"):
                open_regular(place)
    after = len(os.listdir("/proc/self/fd")) if before else 0
    assert after <= before
