"""`python -m framed cache`: info, clear and verify."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from framed.__main__ import main
from framed.answers.cache import FeatureCache, entry_name
from framed.answers.cache_entry import ENTRY_NAME
from framed.settings import settings


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Where the command looks: a cache folder of the test's own, not made yet."""
    monkeypatch.setenv("FRAMED_CACHE_DIR", str(tmp_path / "cache"))
    settings.cache_clear()
    yield tmp_path / "cache" / "features"
    settings.cache_clear()


@pytest.fixture
def filled(folder: Path) -> Path:
    """Five entries of two models and two banks, and a file that is somebody else's."""
    cache = FeatureCache(folder, 2**20)
    for number in range(5):
        version = {"model": "mini" if number else "other-model", "bank": f"bank{number % 2}"}
        assert cache.put(entry_name(f"photo {number}", {}), version, {"tech": {"noise": 0.5}})
    (folder / "notes.txt").write_text("not yours")
    return folder


def damage(folder: Path) -> Path:
    """Turns one byte of one entry; returns its file."""
    file = sorted(each for each in folder.iterdir() if ENTRY_NAME.fullmatch(each.name))[2]
    content = file.read_bytes()
    file.write_bytes(content.replace(b"0.5", b"0.6"))
    return file


@pytest.mark.parametrize("action", ["info", "clear", "verify"])
def test_no_cache_yet_is_no_fault(
    action: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the first photo each of the three says where the cache will be, and makes nothing."""
    assert main(["cache", action]) == 0
    assert str(folder) in capsys.readouterr().out
    assert not folder.exists()


@pytest.mark.parametrize("action", ["info", "clear", "verify"])
def test_a_folder_that_is_none_is_a_fault(
    action: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file in the folder's place is one message and exit code 1, without a trace."""
    folder.parent.mkdir()
    folder.write_text("a file")
    assert main(["cache", action]) == 1
    assert str(folder) in capsys.readouterr().err
    assert folder.read_text() == "a file"


def test_info_says_what_is_there(
    filled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Folder, entries, size and bound, and which models and banks with how many entries each."""
    monkeypatch.setenv("FRAMED_FEATURE_CACHE_MB", "7")
    assert main(["cache", "info"]) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines}
    size = sum(each.stat().st_size for each in filled.iterdir()) - len("not yours")
    assert shown["folder"] == str(filled)
    assert shown["entries"] == "5"
    assert shown["size"] == f"{size / 1024:.1f} KiB of at most 7.0 MiB"
    assert shown["models"] == "2: mini (4), other-model (1)"
    assert shown["banks"] == "2: bank0 (3), bank1 (2)"
    assert {"used"} == shown.keys() - {"folder", "entries", "size", "models", "banks"}


def test_info_of_an_empty_cache(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A cache that was emptied has a size of nothing and no uses to tell of."""
    main(["cache", "clear"])
    capsys.readouterr()
    assert main(["cache", "info"]) == 0
    shown = capsys.readouterr().out
    assert "entries   0" in shown
    assert "used" not in shown


def test_info_tells_of_damage_and_of_a_cache_turned_off(
    filled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Damaged entries are counted apart, and a setting that turns the cache off is named."""
    monkeypatch.setenv("FRAMED_FEATURE_CACHE", "false")
    damage(filled)
    assert main(["cache", "info"]) == 0
    shown = capsys.readouterr().out
    assert "damaged   1" in shown
    assert "FRAMED_FEATURE_CACHE" in shown


def test_clear_deletes_entries_only(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every entry goes, counted with its bytes; the other file stays."""
    size = sum(each.stat().st_size for each in filled.iterdir()) - len("not yours")
    assert main(["cache", "clear"]) == 0
    shown = capsys.readouterr().out
    assert "5 entries" in shown
    assert f"{size:,} bytes" in shown
    assert [each.name for each in filled.iterdir()] == ["notes.txt"]


def test_verify_is_content_with_whole_entries(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where all is well it says so, and deletes nothing even when asked to repair."""
    assert main(["cache", "verify"]) == 0
    assert main(["cache", "verify", "--repair"]) == 0
    assert capsys.readouterr().out.startswith("5 entries whole, 0 damaged")
    assert len(list(filled.iterdir())) == 6


def test_verify_names_the_damaged(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged entry is named and stays, with exit code 1."""
    damaged = damage(filled)
    assert main(["cache", "verify"]) == 1
    shown = capsys.readouterr().out
    assert str(damaged) in shown
    assert "4 entries whole, 1 damaged" in shown
    assert damaged.exists()


def test_repair_deletes_the_damaged_only(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With `--repair` the damaged entry goes, the others stay, and all is well after it."""
    damaged = damage(filled)
    assert main(["cache", "verify", "--repair"]) == 0
    assert "1 of these deleted" in capsys.readouterr().out
    assert not damaged.exists()
    assert len(list(filled.iterdir())) == 5
    assert main(["cache", "verify"]) == 0


def test_repair_leaves_folders(filled: Path) -> None:
    """A folder with the name of an entry is named as damaged and left to its owner."""
    strange = filled / entry_name("folder", {})
    strange.mkdir()
    assert main(["cache", "verify", "--repair"]) == 1
    assert strange.is_dir()


def test_repair_deletes_a_link_and_not_its_target(filled: Path, tmp_path: Path) -> None:
    """A link with the name of an entry goes; what it points to does not."""
    (tmp_path / "target").write_text("precious")
    link = filled / entry_name("link", {})
    link.symlink_to(tmp_path / "target")
    assert main(["cache", "verify"]) == 1
    assert main(["cache", "verify", "--repair"]) == 0
    assert not link.is_symlink()
    assert (tmp_path / "target").read_text() == "precious"


@pytest.mark.parametrize("wrong", [[], ["empty"], ["verify", "--fix"]])
def test_a_wrong_call_is_told(wrong: list[str]) -> None:
    """Anything but the three is refused with the usage."""
    with pytest.raises(SystemExit) as refused:
        main(["cache", *wrong])
    assert refused.value.code == 2
