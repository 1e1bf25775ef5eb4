"""What only callers on this machine may do."""

from __future__ import annotations

from framed.access.sender import Sender
from framed.errors import Code, FramedError


def check_private(sender: Sender, private: bool) -> None:
    """Raise `forbidden` where the server is `private` and the caller is not on this machine."""
    if private and not sender.is_own_machine:
        raise FramedError(
            Code.FORBIDDEN, "This server answers callers on its own machine only (PRIVATE=True)."
        )


def check_may_reload(sender: Sender, anybody: bool) -> None:
    """Raise `forbidden` unless the caller is on this machine, or `anybody` may."""
    if not (anybody or sender.is_own_machine):
        raise FramedError(
            Code.FORBIDDEN,
            "Only callers on the same machine may reload; FRAMED_RELOAD=on lets others.",
        )
