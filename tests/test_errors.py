"""The one error: each code answers with a status, and it travels without loss."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from framed.errors import STATUS, Code, FramedError

ANSWERS = {400, 401, 403, 404, 405, 408, 429, 500, 503, 504}


@pytest.mark.parametrize("code", Code)
def test_each_code_has_a_status(code: Code) -> None:
    """No code is without an HTTP status, and no other status is used than those documented."""
    assert FramedError(code, "so").status in ANSWERS
    assert STATUS[code] == FramedError(code, "so").status


def test_bad_input_of_any_kind_is_400() -> None:
    """What the caller got wrong about photo, path, parameters or body has one status."""
    bad = {Code.TOO_LARGE, Code.UNSUPPORTED_FORMAT, Code.FORBIDDEN_PATH, Code.FORBIDDEN_URL}
    bad |= {Code.EMPTY, Code.INVALID_PARAMETER, Code.INVALID_JSON, Code.INVALID_BANK, Code.NO_PHOTO}
    assert {STATUS[code] for code in bad} == {400}


ERRORS = [
    FramedError(Code.EMPTY, "nothing"),
    FramedError(Code.TOO_LARGE, "größer \u2603", details={"limit_bytes": 7, "list": [1, None]}),
    FramedError(Code.NOT_READY, "soon", retry_after=2),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code.value)
def test_it_travels_as_a_value(error: FramedError) -> None:
    """`from_value(as_value())` is the same refusal."""
    again = FramedError.from_value(error.as_value())
    assert again.as_value() == error.as_value()
    assert (str(again), again.code) == (error.message, error.code)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code.value)
def test_it_can_be_pickled(error: FramedError) -> None:
    """A process pool hands it back whole, keyword arguments included."""
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is FramedError
    assert again.as_value() == error.as_value()


def test_details_are_its_own() -> None:
    """Details handed in and changed afterwards change nothing in the error; empty ones are none."""
    details = {"a": 1}
    error = FramedError(Code.EMPTY, "nothing", details=details)
    details["a"] = 2
    assert error.details == {"a": 1}
    assert FramedError(Code.EMPTY, "nothing", details={}).details is None


def test_it_needs_nothing_of_ours() -> None:
    """The values that travel are imported by every process: they bring nothing heavy along."""
    names = "errors, questions"
    code = f"from framed import {names}; import sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = {name for name in run.stdout.split() if name.startswith("framed.")}
    assert ours == {"framed.errors", "framed.questions", "framed.photo"}
