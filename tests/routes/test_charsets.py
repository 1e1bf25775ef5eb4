"""A form in UTF-8 or a charset as plain is read; no other codec is ever reached from outside."""

from __future__ import annotations

import codecs
from encodings.aliases import aliases

import pytest

from framed.errors import Code, FramedError
from framed.routes.charsets import CHARSETS, check_charset
from tests.routes.conftest import Send

FORM = "multipart/form-data; boundary=b"
PLAIN = {"utf-8", "ascii", "iso8859-1", "cp1252"}  # a byte or a few a letter, and done
NO_CODEC = ["undefined", "idna", "rot13", "hex", "no-such", "\xe9", "x" * 3000, "", "utf-8 x"]


def test_only_plain_codecs_are_taken() -> None:
    """Whatever name the taken ones go by."""
    assert {codecs.lookup(name).name for name in CHARSETS} == PLAIN


@pytest.mark.parametrize(
    "written", ["", "; charset=utf-8", '; charset="UTF-8"', "; CHARSET=Latin1"]
)
def test_what_clients_send_is_taken(written: str) -> None:
    """None at all, as browsers do, or a plain one."""
    check_charset(FORM + written)


def test_every_other_name_is_refused() -> None:
    """Those that Python knows, and those that it does not."""
    for name in {*aliases, *aliases.values(), *NO_CODEC} - CHARSETS:
        for written in (name, f'"{name}"', name.upper()):
            with pytest.raises(FramedError) as refused:
                check_charset(f"{FORM}; charset={written}")
            assert refused.value.code is Code.INVALID_BODY
            assert len(refused.value.message) < 200


def test_the_last_of_two_counts() -> None:
    """As for the parser of the form."""
    check_charset(f"{FORM}; charset=utf-7; charset=utf-8")
    with pytest.raises(FramedError):
        check_charset(f"{FORM}; charset=utf-8; charset=utf-7")


@pytest.mark.parametrize(
    "route", ["/classify", "/features", "/encode_image", "/encode_text", "/analyze", "/reload"]
)
@pytest.mark.parametrize("charset", ["undefined", "utf-7", "utf-16", "rot13", "idna"])
def test_each_route_refuses_it(route: str, charset: str, send: Send) -> None:
    """As the sender's fault, in words that say what to do."""
    body = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\xffa-b\r\n--b--\r\n'
    kind = {"Content-Type": f"{FORM}; charset={charset}"}
    answer = send("POST", route, content=body, headers=kind)
    assert answer.status_code == 400
    assert f"The charset '{charset}' is not read here" in answer.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded; charset=undefined", b"_charset_=utf-7&bank=%ff"),
        ("application/json; charset=undefined", b'{"bank": "none"}'),
        ("image/jpeg; charset=undefined", b"+AGE-"),
        (
            FORM,
            b"--b\r\nContent-Disposition: form-data; name=_charset_\r\n\r\nundefined\r\n"
            b"--b\r\nContent-Disposition: form-data; name=bank; filename*=undefined''%ff\r\n"
            b"Content-Type: text/plain; charset=undefined\r\n\r\na\r\n--b--\r\n",
        ),
        ("application/json", b'{"image": "data:image/jpeg;charset=undefined;base64,eA=="}'),
    ],
    ids=["urlencoded", "JSON", "raw", "parts", "data URI"],
)
def test_a_charset_elsewhere_is_not_looked_at(kind: str, body: bytes, send: Send) -> None:
    """JSON and fields are UTF-8, whatever is said of them; the sender's fault is another."""
    for route in ("/classify", "/analyze"):
        answer = send("POST", route, content=body, headers={"Content-Type": kind})
        assert answer.status_code in (400, 404)
        assert "charset '" not in answer.text
