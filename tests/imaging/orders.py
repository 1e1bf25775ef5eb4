"""What a child may be told to do in the tests instead of decoding; it finds them by their names."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from framed.errors import Code, FramedError
from framed.imaging.prepare import Prepared, prepare


def sleep(*_: object) -> Prepared:
    """Never ends by itself."""
    time.sleep(60)
    raise AssertionError("nobody ended it")


def crash(*_: object) -> Prepared:
    """Dies as a decoder does that writes where it must not."""
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError("it lives")


def be_killed(*_: object) -> Prepared:
    """Dies as one whom the system picks when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it lives")


def be_told_to_go(*_: object) -> Prepared:
    """Ends as one whom somebody who stops a whole group of processes told to."""
    os.kill(os.getpid(), signal.SIGTERM)
    raise AssertionError("it stays")


def refuse(*_: object) -> Prepared:
    """Refuses the photo, after a word on standard output."""
    print("a library says something")
    raise FramedError(Code.UNSUPPORTED_MODE, "Not these pixels.", details={"why": [1, "x"]})


def surprise(*_: object) -> Prepared:
    """Raises what no decoder is known to raise."""
    raise KeyError("nobody expects this")


def tell(data: bytes, *rest: object) -> Prepared:
    """Writes this process's id and environment into the file that `data` names, then decodes."""
    names = " ".join(os.environ)
    Path(data.decode()).write_text(f"{os.getpid()} {names} {'cv2' in sys.modules}")
    raise FramedError(Code.EMPTY, "Told.")


def decode_but_sleep_on_png(data: bytes, decode: object, views: object) -> Prepared:
    """`prepare`, of all but PNG."""
    return sleep() if data.startswith(b"\x89PNG") else prepare(data, decode, views)  # type: ignore[arg-type]
