"""Imports that are put off: in name only until something of them is used, and then real."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from framed.framework.put_off import UNUSED, put_off
from tests.server.running import REPO

HEAVY = """
print("imported")

class Fault(Exception):
    pass

class Parcel:
    weight = 3

def twice(number):
    return 2 * number
"""
TAKES = """
import heavy
from heavy import Fault, Parcel, twice
"""


@pytest.fixture
def takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module `takes` that imports all of `heavy`, which says so when it is imported."""
    (tmp_path / "heavy.py").write_text(HEAVY)
    (tmp_path / "takes.py").write_text(TAKES)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in ("heavy", "takes"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("takes")
def test_what_is_used_later_is_imported_then(capsys: pytest.CaptureFixture[str]) -> None:
    """A function, a class and the module itself are the real ones from their first use on."""
    with put_off(["heavy"]):
        import takes  # type: ignore[import-not-found]
    assert capsys.readouterr().out == ""
    assert takes.twice(4) == 8
    assert capsys.readouterr().out == "imported\n"
    assert takes.heavy.twice(4) == 8
    assert isinstance(takes.Parcel(), takes.Parcel)
    assert takes.Parcel.weight == 3

    class Box(takes.Parcel):
        pass

    assert Box.weight == 3
    assert issubclass(Box, sys.modules["heavy"].Parcel)
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("takes")
def test_what_is_used_within_is_imported_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Who derives a class from it, say, has it there and then."""
    with put_off(["heavy"]):
        import takes

        assert takes.twice(1) == 2
        import heavy  # type: ignore[import-not-found]

        assert heavy.Parcel is takes.heavy.Parcel
    assert capsys.readouterr().out == "imported\n"


@pytest.mark.usefixtures("takes")
def test_nothing_is_an_instance_of_what_was_never_imported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The question alone imports nothing."""
    with put_off(["heavy"]):
        import takes
    assert not isinstance("text", takes.Parcel)
    assert not issubclass(str, takes.Parcel)
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("takes")
def test_others_import_it_as_ever_behind_the_block(capsys: pytest.CaptureFixture[str]) -> None:
    """No stand-in stays in the table of modules, and no finder before the others."""
    before = list(sys.meta_path)
    with put_off(["heavy"]):
        import takes  # noqa: F401
    import heavy

    assert heavy.Parcel().weight == 3
    assert sys.meta_path == before
    assert capsys.readouterr().out == "imported\n"


def test_the_service_imports_none_of_what_it_never_uses() -> None:
    """In a process of its own, as a server is started: none of them is there, and all can be."""
    program = f"""
import sys
from framed.framework.put_off import put_off
with put_off():
    import bentoml._internal.utils.analytics.usage_stats, service
names = {UNUSED!r}
assert not [name for name in names if name in sys.modules], sys.modules.keys() & set(names)
engines = {{"torch", "openvino", "cv2", "PIL", "fastapi"}} & sys.modules.keys()
assert not engines, engines  # what one kind of worker needs it imports itself
from bentoml._internal.cloud.client import RestApiClient
from _bentoml_sdk.service import factory
assert RestApiClient.__module__ == "bentoml._internal.cloud.client"
assert factory.Bento.create.__module__.startswith("bentoml")
print("well")
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=REPO, capture_output=True, text=True, timeout=60
    )
    assert ended.stdout == "well\n", ended.stderr
