"""The soak program: what it is asked, what it says, and one short run on a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import soak
from scripts.soaking.answers import Answer
from scripts.soaking.samples import Sample


def samples(grows: float) -> list[Sample]:
    return [Sample(3.0 * at, {"Framed": 300 + grows * at}, 40, 90, 2) for at in range(60)]


def test_a_leak_is_said_and_ends_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What grows makes the run unsound, as does an answer of 500; the picture is drawn anyway."""
    good, bad = [Answer("classify", 1.0, 0.1, 200)], [Answer("classify", 1.0, 0.1, 500)]
    for found, ends in (
        ((samples(0), good), soak.EXIT_OK),
        ((samples(3), good), soak.EXIT_FAULTS),
        ((samples(0), bad), soak.EXIT_FAULTS),
    ):
        monkeypatch.setattr(soak, "soak", lambda *asked, found=found: found)
        assert soak.main(["--minutes=3", f"--out={tmp_path / 'x.png'}"]) == ends
        assert ("NOT SOUND" in capsys.readouterr().out) == (ends == soak.EXIT_FAULTS)
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_without_photos_nothing_can_run(tmp_path: Path) -> None:
    """And that is no verdict."""
    assert soak.main([f"--photos={tmp_path}"]) == soak.EXIT_CANNOT_RUN


@pytest.mark.soak
def test_ten_seconds_on_a_real_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every kind of request is made, none fails, and all of it is drawn."""
    ended = soak.main(
        ["--minutes=0.17", "--clients=4", "--every=1", f"--out={tmp_path / 'soak.png'}"]
    )
    said = capsys.readouterr().out
    assert ended == soak.EXIT_OK, said
    for ask in ("classify", "features", "encode_text", "analyze", "bad photo", "left", "reload"):
        assert f"\n{ask} " in said
    assert (tmp_path / "soak.png").stat().st_size > 10_000
