"""Which picture format some bytes are, told from the bytes alone; a file's name is never asked."""

from __future__ import annotations

from typing import Literal

from framed.errors import Code, FramedError

Format = Literal["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "HEIC", "AVIF"]

ACCEPTED = "JPEG, PNG, GIF, BMP, WebP, TIFF, HEIC or AVIF"

_SIGNATURES: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
)
_BMP_HEADER_SIZES = {12, 40, 52, 56, 64, 108, 124}  # two letters "BM" alone also begin plain text
_BRANDS: tuple[tuple[frozenset[bytes], Format], ...] = (
    (frozenset({b"avif", b"avis"}), "AVIF"),
    (frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}), "HEIC"),
    (frozenset({b"mif1", b"msf1"}), "HEIC"),  # last: AVIF files name these as well
)
_FOREIGN: tuple[tuple[int, bytes, str], ...] = (  # offset, signature, name; known but not accepted
    (8, b"CR\x02", "camera raw"),
    (0, b"IIRO", "camera raw"),
    (0, b"IIU\0", "camera raw"),
    (0, b"FUJIFILMCCD-RAW", "camera raw"),
    (0, b"%PDF-", "PDF"),
    (0, b"%!PS", "PostScript"),
    (0, b"\xc5\xd0\xd3\xc6", "EPS"),
    (0, b"\0\0\1\0", "ICO"),
    (0, b"\0\0\2\0", "CUR"),
    (0, b"icns", "ICNS"),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"II\xbc", "JPEG XR"),
    (0, b"8BPS", "Photoshop"),
    (0, b"gimp xcf", "XCF"),
    (0, b"DDS ", "DDS"),
    (0, b"v/1\x01", "OpenEXR"),
    (0, b"#?RADIANCE", "Radiance HDR"),
    (0, b"qoif", "QOI"),
    (0, b"\xd7\xcd\xc6\x9a", "WMF"),
    (4, b"ftyp", "video or unknown ISO media"),
    (0, b"\x1a\x45\xdf\xa3", "Matroska video"),
)
_SVG_HEAD = 1024  # bytes in which an SVG must show its root element


def sniff(data: bytes) -> Format:
    """The format of a file, from its first bytes.

    Raises `FramedError`: `empty`, `unsupported_format` (a known kind of file that Framed does not
    read), `not_an_image` (anything else).
    """
    if not data:
        raise FramedError(Code.EMPTY, f"The file is empty; send a {ACCEPTED} picture.")
    foreign = _foreign(data)
    accepted = _accepted(data)
    if accepted and foreign not in {"camera raw"}:
        return accepted
    if foreign:
        raise unsupported(foreign)
    raise FramedError(Code.NOT_AN_IMAGE, f"The file is not a picture; send {ACCEPTED}.")


def format_if_known(data: bytes) -> Format | None:
    """The format of a file that is read; None for any other."""
    try:
        return sniff(data)
    except FramedError:
        return None


def unsupported(name: str) -> FramedError:
    """The refusal of a kind of file (`name`) that is a picture or document, but not ours."""
    return FramedError(
        Code.UNSUPPORTED_FORMAT, f"The file is {name}, which is not read; send {ACCEPTED}."
    )


def _accepted(data: bytes) -> Format | None:
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES:
        return "BMP"
    return _iso_format(data) if data[4:8] == b"ftyp" else None


def _iso_format(data: bytes) -> Format | None:
    size = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *(data[i : i + 4] for i in range(16, size, 4))}
    return next((name for known, name in _BRANDS if brands & known), None)


def _foreign(data: bytes) -> str | None:
    for offset, signature, name in _FOREIGN:
        if data.startswith(signature, offset):
            return name
    head = data[:_SVG_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    return "SVG" if head.startswith((b"<svg", b"<?xml")) and b"<svg" in head else None
