"""What HTTP lets a sender ask for and Framed does not do: it is refused, not misread."""

from __future__ import annotations

from starlette.datastructures import Headers

from framed.errors import Code, FramedError
from framed.shown import shown

_PLAIN = {"", "identity"}
_KNOWN_EXPECTATION = "100-continue"


def check_supported(headers: Headers) -> None:
    """Raise `invalid_body` for a body that is packed, `invalid_http` for an unknown `Expect`.

    A packed photo would otherwise be taken for a broken one.
    """
    packed = headers.get("content-encoding", "").strip()
    if packed.lower() not in _PLAIN:
        raise FramedError(
            Code.INVALID_BODY,
            f"The body is packed (Content-Encoding: {shown(packed)}); send it as it is, "
            "without that header.",
        )
    expected = headers.get("expect", "").strip()
    if expected and expected.lower() != _KNOWN_EXPECTATION:
        raise FramedError(
            Code.INVALID_HTTP,
            f"Expect: {shown(expected)} is not known here; leave it out, "
            f"or send {_KNOWN_EXPECTATION}.",
        )
