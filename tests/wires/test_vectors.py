"""Embeddings as answers hold them."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from framed.wires.vectors import EncodingIfAny, encoding_of, written, written_bytes

ROW = np.array([0.6, 0.0, -0.8], np.float32)


def test_both_encodings_hold_the_same_numbers() -> None:
    """Every digit of them."""
    packed, plain = written(ROW, "base64"), written(ROW, "float")
    assert isinstance(packed, str)
    np.testing.assert_array_equal(np.frombuffer(base64.b64decode(packed), "<f4"), ROW)
    np.testing.assert_array_equal(np.array(plain, np.float32), ROW)


@pytest.mark.parametrize(
    ("asked", "encoding"),
    [
        ("true", "float"),
        (True, "float"),
        ("1", "float"),
        ("float", "float"),
        ("base64", "base64"),
        ("false", None),
        (False, None),
    ],
)
def test_it_may_be_asked_for_plainly(asked: Any, encoding: str | None) -> None:
    """True means numbers."""
    assert encoding_of(TypeAdapter(EncodingIfAny).validate_python(asked)) == encoding


@pytest.mark.parametrize("asked", ["hex", "", None, 2, ["float"]])
def test_other_encodings(asked: Any) -> None:
    """They are refused with those that there are."""
    with pytest.raises(ValidationError, match="true, false, 'float' or 'base64'"):
        TypeAdapter(EncodingIfAny).validate_python(asked)


def test_what_they_take() -> None:
    """More than their text alone, and nothing where nobody asked."""
    assert written_bytes(768, None) == 0
    assert written_bytes(768, "float") > 768 * (24 + 20)
    assert written_bytes(768, "base64") > 768 * 4 * 4 / 3
