"""Everything that can go wrong, as one error with a code, and the status each code answers with.

FramedError
  bad input   400   the photo, the parameters or the body are at fault
  access      401, 403   the caller has shown no key, or may not do this
  unknown     404   no such route, bank or model; 405 for a method that a route has not
  slow        408   the sender did not go on with its request
  load        429, 503, 504   too many, not ready, out of memory, over the deadline
  ours        500   anything else; its text never reaches the caller
StartupError        the service cannot start as it is set up
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from math import ceil
from typing import Any, Self


class Code(StrEnum):
    """The words of `error.code`; `STATUS` says which HTTP status each one answers with."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED_FORMAT = "unsupported_format"
    UNSUPPORTED_MODE = "unsupported_mode"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    TOO_MANY_PIXELS = "too_many_pixels"
    BAD_DIMENSIONS = "bad_dimensions"
    INVALID_PARAMETER = "invalid_parameter"
    INVALID_JSON = "invalid_json"
    INVALID_BASE64 = "invalid_base64"
    INVALID_BODY = "invalid_body"
    INVALID_HTTP = "invalid_http"
    INVALID_BANK = "invalid_bank"
    NO_PHOTO = "no_photo"
    FORBIDDEN_PATH = "forbidden_path"
    FORBIDDEN_URL = "forbidden_url"
    FETCH_FAILED = "fetch_failed"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    UNKNOWN_BANK = "unknown_bank"
    UNKNOWN_MODEL = "unknown_model"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    STALLED = "stalled"
    RATE_LIMITED = "rate_limited"
    INTERNAL = "internal"
    NOT_READY = "not_ready"
    OVERLOADED = "overloaded"
    OUT_OF_MEMORY = "out_of_memory"
    UNAVAILABLE = "unavailable"
    DEADLINE = "deadline"


STATUS: Mapping[Code, int] = {
    **dict.fromkeys(Code, 400),
    Code.UNAUTHORIZED: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.UNKNOWN_BANK: 404,
    Code.UNKNOWN_MODEL: 404,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.STALLED: 408,
    Code.RATE_LIMITED: 429,
    Code.INTERNAL: 500,
    Code.NOT_READY: 503,
    Code.OVERLOADED: 503,
    Code.OUT_OF_MEMORY: 503,
    Code.UNAVAILABLE: 503,
    Code.DEADLINE: 504,
}


class FramedError(Exception):
    """One refusal: `code` for machines, `message` a sentence that says what to do, `details` data.

    `retry_after` is in seconds and becomes the `Retry-After` header. The error travels between
    processes as a plain value (`as_value`, `from_value`), never as a pickled exception.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = dict(details) if details else None
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status of this error's code."""
        return STATUS[self.code]

    @property
    def is_of_the_input(self) -> bool:
        """Whether what was sent is at fault, not the server's state or the caller's pace."""
        return self.status == STATUS[Code.CORRUPT] and self.retry_after is None

    def as_value(self) -> dict[str, Any]:
        """The error as plain data: `code`, `message`, `details`, `retry_after`."""
        return {
            "code": self.code.value,
            "message": self.message,
            "details": self.details,
            "retry_after": self.retry_after,
        }

    def at(self, place: int, count: int) -> Self:
        """The same refusal of the input at `place` (from zero) of `count`; of the only one: it."""
        if count == 1:
            return self
        return type(self)(
            self.code,
            f"Input {place + 1} of {count}: {self.message}",
            details={**(self.details or {}), "index": place},
            retry_after=self.retry_after,
        )

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> Self:
        """The error again, from what `as_value` gave."""
        return cls(
            Code(value["code"]),
            value["message"],
            details=value["details"],
            retry_after=value["retry_after"],
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self).from_value, (self.as_value(),))


def internal_error() -> FramedError:
    """The refusal that says nothing of what happened inside."""
    return FramedError(
        Code.INTERNAL, "Something failed inside; the request id finds it in the log."
    )


def overloaded(message: str, wait: float = 1.0) -> FramedError:
    """The refusal of what would have to wait, by `wait` seconds."""
    return FramedError(Code.OVERLOADED, message, retry_after=max(1, ceil(wait)))


class StartupError(Exception):
    """The service cannot start as it is set up; the message says what to change or to run."""


def runner_failed() -> FramedError:
    """The refusal of a call that a runner cannot answer for a reason that only its log tells."""
    return FramedError(Code.INTERNAL, "The runner failed; see the log.")
