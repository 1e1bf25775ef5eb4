"""`framed.imaging.children`: what happens to a child costs one photo, and is over at once."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import numpy as np
import psutil
import pytest

from framed.errors import Code, FramedError
from framed.imaging.children import Children, Decode
from framed.imaging.isolated import Order
from framed.imaging.prepare import prepare
from framed.photo import DecodeSpec, SquareSpec, ViewSpec
from tests.imaging import orders
from tests.imaging.pictures import encoded, exif, scene

SPEC = DecodeSpec(min_short_side=48)
VIEWS = ViewSpec((SquareSpec(24), SquareSpec(32)), ("grey_preview", "luma"), "grid")
PHOTO = encoded(scene(300, 200), "JPEG", exif=exif(6))
LONG = 30.0  # seconds that a busy machine may take to start a process, and never should


def _decode(work=prepare, data=PHOTO, *, seconds=60.0, ends_child=False):
    return Decode(Order(work, data, SPEC, VIEWS, seconds), ends_child=ends_child)


def _asked(children, decode):
    children.start(decode)
    return decode.outcome.result(LONG)


def _refusal(children, decode):
    with pytest.raises(FramedError) as refused:
        _asked(children, decode)
    return refused.value


def _own():
    """This process's living children that decode."""
    found = psutil.Process().children()
    return [each for each in found if each.is_running() and "isolated" in " ".join(_words(each))]


def _words(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _until(true):
    end = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@contextmanager
def _children(count=1, idle=60.0):
    before, children = len(_own()), Children(count, idle)
    try:
        yield children
    finally:
        children.close()
        _until(lambda: len(_own()) <= before)


@pytest.fixture(scope="module")
def one():
    """One child, for all tests that leave another behind at most."""
    with _children() as children:
        yield children


def test_a_photo_comes_back_as_from_here(one):
    """Facts, squares, planes and regions are those that this process would have made."""
    there, here = _asked(one, _decode()), prepare(PHOTO, SPEC, VIEWS)
    assert (there.facts, there.views.regions) == (here.facts, here.views.regions)
    for found, made in zip(_views(there), _views(here), strict=True):
        assert found.dtype == np.uint8
        assert np.array_equal(found, made)


def _views(prepared):
    return [*prepared.views.squares.values(), *prepared.views.planes.values()]


def test_refusals_come_back_whole(one):
    """Code, message and details; and what a library prints disturbs nobody."""
    refusal = _refusal(one, _decode(orders.refuse))
    assert refusal.code is Code.UNSUPPORTED_MODE
    assert (refusal.message, refusal.details) == ("Not these pixels.", {"why": [1, "x"]})
    assert _refusal(one, _decode(data=b"no photo")).code is Code.NOT_AN_IMAGE


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (orders.crash, Code.CORRUPT),
        (orders.surprise, Code.CORRUPT),
        (orders.be_killed, Code.UNAVAILABLE),
        (orders.be_told_to_go, Code.UNAVAILABLE),
    ],
)
def test_a_child_that_dies_costs_one_photo(one, work, code, caplog):
    """It is said why, it is logged, and the next photo is decoded by another child."""
    refusal = _refusal(one, _decode(work))
    assert refusal.code is code
    assert (refusal.retry_after is not None) == (code is Code.UNAVAILABLE)
    assert any(record.levelname == "ERROR" for record in caplog.records)
    assert _asked(one, _decode()).facts.format == "JPEG"


def test_a_decode_is_dropped_in_its_midst(one):
    """Its child is gone at once, and whoever waits next is served."""
    slow, next_one = _decode(orders.sleep), _decode()
    one.start(slow)
    one.start(next_one)
    _until(_own)
    started = time.monotonic()
    slow.drop()
    assert next_one.outcome.result(LONG).facts.format == "JPEG"
    assert time.monotonic() - started < 20  # not the 60 s that it would have taken


def test_the_system_ends_what_nobody_does(one):
    """A child that is told so dies by its own alarm, even if its parent forgot about it."""
    assert _refusal(one, _decode(orders.sleep, seconds=0.3)).code is Code.DEADLINE


def test_what_is_dropped_before_its_turn_never_starts(one, tmp_path):
    """Cancelled while another is being worked on."""
    slow, waiting = _decode(orders.sleep), _decode(orders.tell, str(tmp_path / "told").encode())
    one.start(slow)
    one.start(waiting)
    waiting.drop()
    slow.drop()
    assert waiting.outcome.cancelled()
    assert _asked(one, _decode()).facts.format == "JPEG"
    assert not (tmp_path / "told").exists()


def test_a_child_is_kept_but_after_a_large_picture(one, tmp_path):
    """The same process serves one photo after another; one that held much memory ends."""

    def told(name, *, ends_child=False):
        _refusal(one, _decode(orders.tell, str(tmp_path / name).encode(), ends_child=ends_child))
        return (tmp_path / name).read_text().split()[0]

    first = told("first")
    assert told("second") == told("third", ends_child=True) == first
    assert told("fourth") != first


def test_a_child_knows_no_secrets(one, tmp_path, monkeypatch):
    """Of the environment it gets what Python starts by."""
    monkeypatch.setenv("FRAMED_API_KEYS", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    _refusal(one, _decode(orders.surprise))  # the next child starts now
    _refusal(one, _decode(orders.tell, str(tmp_path / "told").encode()))
    names = (tmp_path / "told").read_text().split()[1:-1]
    assert "PATH" in names
    assert not [name for name in names if "SECRET" in name or name.startswith("FRAMED_")]


def test_no_more_children_than_allowed_and_none_before_work():
    """Three photos at once in two children, started when they are needed."""
    with _children(2) as children:
        before = len(_own())
        decodes = [_decode(orders.sleep) for _ in range(3)]
        assert len(_own()) == before
        for decode in decodes:
            children.start(decode)
        _until(lambda: len(_own()) == before + 2)
        time.sleep(0.2)
        assert len(_own()) == before + 2
        for decode in decodes:
            decode.drop()


def test_an_idle_child_ends():
    """After a while without work its process is gone; the next photo starts another."""
    with _children(idle=0.1) as children:
        before = len(_own())
        assert _asked(children, _decode()).facts.format == "JPEG"
        _until(lambda: len(_own()) == before)
        assert _asked(children, _decode()).facts.format == "JPEG"


def test_closed_children_take_nothing():
    """What waits is dropped, what comes is refused."""
    with _children() as children:
        slow, waiting = _decode(orders.sleep), _decode()
        children.start(slow)
        children.start(waiting)
        children.close()
        assert waiting.outcome.cancelled()
        with pytest.raises(RuntimeError):
            children.start(_decode())
        slow.drop()


def test_no_process_is_the_services_fault(one, monkeypatch):
    """Where none can be started the photo is to be sent again, and the next one may be decoded."""
    _refusal(one, _decode(orders.surprise))  # no child is left

    def fail(*_, **__):
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr("subprocess.Popen", fail)
        refusal = _refusal(one, _decode())
    assert (refusal.code, bool(refusal.retry_after)) == (Code.UNAVAILABLE, True)
    assert _asked(one, _decode()).facts.format == "JPEG"


def test_an_order_that_cannot_be_sent_is_its_senders(one):
    """It reaches nobody else."""
    with pytest.raises(TypeError):
        _asked(one, _decode(data=threading.Lock()))
    assert _asked(one, _decode()).facts.format == "JPEG"
