"""`calibration.json` of a bank: what is written is read again, and nothing that is damaged."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framed.errors import Code, FramedError
from framed.scores.calibration import Calibration
from runners.clip.banks import calibration_file
from runners.clip.banks.calibration_file import calibration_bytes, read_calibration

LEARNT = Calibration(
    key="0123456789abcdef",
    photos=12,
    slope=1.25,
    offset=-2.5,
    offsets={"sea": 0.5, "täglich": -1 / 3},
    shifts={"sea": np.array([0.5, -0.25], np.float32)},
    counts={"sea": 4, "täglich": 0},
    words={"sea": "0123456789abcdef"},
    match_threshold=0.2,
    replaces=True,
)


def written(folder: Path, **changes: Any) -> Path:
    """The file of `LEARNT` with some members changed; those that are None are left out."""
    whole = json.loads(calibration_bytes(LEARNT, "framed/mini")) | changes
    file = folder / "calibration.json"
    kept = {name: value for name, value in whole.items() if value != "left out"}
    file.write_text(json.dumps(kept))
    return file


def refusal(folder: Path) -> str:
    """Why the bank is refused; the message names folder and file."""
    with pytest.raises(FramedError) as refused:
        read_calibration(folder)
    assert refused.value.code is Code.INVALID_BANK
    assert f"{folder.name}/calibration.json" in refused.value.message
    return refused.value.message


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Numbers to nine digits, shifts to the last bit; with the file's date and digest."""
    file = tmp_path / "calibration.json"
    file.write_bytes(calibration_bytes(LEARNT, "framed/mini"))
    os.utime(file, (1_700_000_000, 1_700_000_000))
    found = read_calibration(tmp_path)
    assert found is not None
    assert (found.key, found.photos) == (LEARNT.key, 12)
    assert (found.slope, found.offset) == (1.25, -2.5)
    assert found.offsets == {"sea": 0.5, "täglich": -0.333333333}
    assert (found.counts, found.match_threshold) == (LEARNT.counts, 0.2)
    assert found.words == LEARNT.words
    assert (found.replaces, found.source, found.date) == (True, "file", "2023-11-14")
    assert found.digest == hashlib.sha256(file.read_bytes()).hexdigest()
    assert set(found.shifts) == {"sea"}
    assert found.shifts["sea"].tobytes() == LEARNT.shifts["sea"].tobytes()


def test_the_same_calibration_is_the_same_bytes() -> None:
    """Whatever the order in which labels were learnt; a person can read it."""
    turned = Calibration(
        **{**vars(LEARNT), "offsets": dict(reversed(list(LEARNT.offsets.items())))}
    )
    first, second = (calibration_bytes(each, "framed/mini") for each in (LEARNT, turned))
    assert first == second
    assert '"täglich": {\n' in first.decode()
    assert '"model": "framed/mini"' in first.decode()


def test_a_calibration_too_large_to_be_read_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would cost the bank."""
    monkeypatch.setattr(calibration_file, "MOST_BYTES", 100)
    with pytest.raises(ValueError, match="larger than any may be"):
        calibration_bytes(LEARNT, "framed/mini")


def test_without_a_file_there_is_none(tmp_path: Path) -> None:
    """A bank that learnt nothing."""
    assert read_calibration(tmp_path) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": 2}, "format: "),
        ({"key": ""}, "key: "),
        ({"photos": 0}, "photos: "),
        ({"photos": True}, "photos: "),
        ({"photos": 3}, "more photos than there are"),
        ({"slope": "1"}, "slope: "),
        ({"slope": 1e7}, "slope: "),
        ({"slope": 0.0}, "slope: "),
        ({"slope": -0.5}, "slope: "),
        ({"offset": "left out"}, "offset: "),
        ({"match_threshold": 1.5}, "match_threshold: "),
        ({"replaces": 1}, "replaces: "),
        ({"labels": []}, "labels: "),
        ({"labels": {"sea": {"n": 1, "offset": 0, "shft": ""}}}, "labels.sea.shft: "),
        ({"labels": {"sea": {"n": 1, "offset": 0, "words": "x"}}}, "labels.sea.words: "),
        ({"labels": {"\t": {"n": 1, "offset": 0}}}, "control characters"),
        ({"more": 1}, "more: "),
    ],
)
def test_a_wrong_member_is_named(changes: dict[str, Any], reason: str, tmp_path: Path) -> None:
    """With what it should be."""
    written(tmp_path, **changes)
    assert reason in refusal(tmp_path)


@pytest.mark.parametrize(
    ("shift", "reason"),
    [
        ("", "no numbers of 4 bytes"),
        ("AAAA", "no numbers of 4 bytes"),
        ("?", "no base64"),
        ("\u00e4", "no base64"),
        (base64.b64encode(np.array([np.inf], "<f4").tobytes()).decode(), "not finite"),
        (7, "no numbers of 4 bytes"),
    ],
)
def test_a_damaged_shift_is_named(shift: object, reason: str, tmp_path: Path) -> None:
    """By the label whose it is."""
    written(tmp_path, labels={"sea": {"n": 1, "offset": 0.0, "shift": shift}})
    assert reason in (told := refusal(tmp_path))
    assert "labels.sea.shift" in told


def test_shifts_of_several_lengths_are_refused(tmp_path: Path) -> None:
    """One of them could not be of the model's vectors."""
    shifts = {"sea": "AAAAAA==", "tree": "AAAAAAAAAAA="}
    labels = {name: {"n": 1, "offset": 0.0, "shift": shift} for name, shift in shifts.items()}
    written(tmp_path, labels=labels)
    assert "several lengths" in refusal(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "NaN", "[" * 5000, '{"slope": NaN}'])
def test_what_is_no_calibration_is_refused(text: str, tmp_path: Path) -> None:
    """Whatever it is instead."""
    (tmp_path / "calibration.json").write_text(text)
    assert "cannot be used" in refusal(tmp_path)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "-" + "9" * 5000])
def test_a_number_that_is_none_is_refused(number: str, tmp_path: Path) -> None:
    """Also those that JSON does not know."""
    file = written(tmp_path, slope=12345)
    file.write_text(file.read_text().replace("12345", number))
    assert "cannot be used" in refusal(tmp_path)


@pytest.mark.parametrize("kind", ["fifo", "folder", "large", "nowhere"])
def test_what_is_no_file_is_refused_at_once(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A FIFO does not hold its reader, and a link must lead somewhere."""
    file = tmp_path / "calibration.json"
    if kind == "fifo":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    elif kind == "nowhere":
        file.symlink_to(tmp_path / "gone.json")
    else:
        monkeypatch.setattr(calibration_file, "MOST_BYTES", 2**10)
        file.write_text(" " * 2**11)
    refusal(tmp_path)
