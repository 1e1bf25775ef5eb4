"""The gathered photos come back from the repositories that the tables name."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from runners.clip.banks.source import DEFAULT_BANK, read_bank
from scripts.evaluation.listing import LabelledPhoto, read_photos
from scripts.mini.collection import read_captions
from scripts.mini.gather import (
    KINDS,
    TABLES,
    gather,
    main,
    read_entries,
    scaled,
    training_path,
)  # fmt: skip
from scripts.mini.harvest import _DEFAULTS
from scripts.mini.plan import Plan
from scripts.mini.repositories import GoneError, fetched, mirrored
from scripts.mini.terms import allows_any_use

LABELS = read_bank(DEFAULT_BANK, Path(__file__).parents[3] / "config").labels
OWNER = "ann/photos"
needs_git = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")


def jpeg(width: int, height: int, colour: str = "teal", *, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    written = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(written, "JPEG", exif=exif)
    return written.getvalue()


def git(folder: Path, *arguments: str) -> str:
    named = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    command = ["git", "-C", str(folder), *named, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path, files: Mapping[str, bytes]) -> str:
    """Commits exactly these files; answers the commit."""
    git(folder, "rm", "-r", "-q", "--ignore-unmatch", ".")
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "photos")
    return git(folder, "rev-parse", "HEAD")


def write_table(folder: Path, name: str, lines: Sequence[Mapping[str, Any]]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def table(name: str) -> list[dict[str, Any]]:
    """The lines of a table as they are."""
    return [json.loads(line) for line in (TABLES / f"{name}.jsonl").read_text("utf-8").splitlines()]


def listed(out: Path, name: str = "list") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / f"{name}.jsonl").read_text().splitlines()]


@pytest.fixture(params=[True, False], ids=["server filters", "server does not filter"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A place of one bare repository of two commits, and the tables of its photos."""
    work, bare = tmp_path / "work", tmp_path / "base" / f"{OWNER}.git"
    work.mkdir()
    git(work, "init", "-q")
    older = commit(work, {"old, still.jpg": jpeg(300, 200)})
    newer = commit(work, {
        "sea/wide one.jpg": jpeg(1600, 800), "sea/b.jpg": jpeg(64, 48, orientation=6),
        "notes/c.jpg": b"no photo",
    })  # fmt: skip
    git(tmp_path, "clone", "-q", "--bare", str(work), str(bare))
    git(bare, "config", "uploadpack.allowFilter", str(request.param).lower())
    tables, here = tmp_path / "tables", {"repository": OWNER}
    write_table(tables, "sources", [
        {**here, "commit": newer, "terms": "unstated", "source": "ann"},
        {**here, "folder": "sea", "cls": "sea", "pos": {"ocean": 1.0}, "unknown": ["sky"],
         "concept": "sea", "neg_weight": 0.6},
        {"repository": "bob/gone", "commit": "0" * 40, "terms": "unstated", "source": "bob"},
    ])  # fmt: skip
    write_table(tables, "left_out", [
        {**here, "path": "sea/wide one.jpg", "photo": "a.jpg", "labels": ["ocean", "sky"],
         "core": ["ocean"], "group": "sea", "unknown": []},
        {**here, "path": "old, still.jpg", "commit": older, "photo": "b.jpg", "labels": ["art"],
         "core": ["art"], "unknown": []},
    ])  # fmt: skip
    write_table(tables, "training", [
        {**here, "path": "sea/wide one.jpg"},
        {**here, "path": "sea/b.jpg", "pos": {"beach": 1.0}, "neg_weight": 1.0, "terms": "CC0",
         "caption": "a small boat"},
    ])  # fmt: skip
    return tmp_path / "base"


@needs_git
def test_left_out_photos_come_with_an_evaluation_list(base: Path, tmp_path: Path) -> None:
    """Each photo from its own commit, and a list that the evaluation reads."""
    out = tmp_path / "out"
    assert gather("left_out", out, fetched(str(base)), tmp_path / "tables") == (2, 2)
    assert Image.open(out / "photos/a.jpg").size == (512, 256)
    assert Image.open(out / "photos/b.jpg").size == (300, 200)
    assert set(read_photos(out / "list.jsonl", LABELS)) == {
        LabelledPhoto("a.jpg", frozenset({"ocean", "sky"}), frozenset({"ocean"}), "sea"),
        LabelledPhoto("b.jpg", frozenset({"art"}), frozenset({"art"})),
    }


@needs_git
def test_training_photos_come_with_what_the_harvest_reads(base: Path, tmp_path: Path) -> None:
    """A photo has what its folder and its repository say, and its own line counts first."""
    out = tmp_path / "out"
    assert gather("training", out, fetched(str(base)), tmp_path / "tables") == (2, 2)
    own, plain = sorted(listed(out), key=lambda entry: str(entry["path"]))
    assert (plain["path"], plain["pos"], plain["neg_weight"], plain["terms"]) == (
        "ann_sea_wide_one.jpg", {"ocean": 1.0}, 0.6, "unstated",
    )  # fmt: skip
    assert (own["pos"], own["neg_weight"], own["terms"]) == ({"beach": 1.0}, 1.0, "CC0")
    assert own["unknown"] == plain["unknown"] == ["sky"]
    assert own.keys() >= _DEFAULTS.keys()
    assert Image.open(out / "photos" / own["source"] / own["path"]).size == (48, 64)
    captions = read_captions([out / "captions.jsonl"], Plan(variant="permissive"))
    assert captions == {"ann_sea_b.jpg": ["a small boat"]}


def test_a_line_changes_what_its_folder_says(tmp_path: Path) -> None:
    """A line adds to both lists and takes from the unknown; names alone weigh 1."""
    write_table(tmp_path, "sources", [
        {"repository": OWNER, "commit": "0" * 40, "terms": "CC0", "source": "ann",
         "unknown": ["sky", "tree", "urban"]},
        {"repository": OWNER, "folder": "sea", "pos": {"ocean": 0.8}},
    ])  # fmt: skip
    write_table(tmp_path, "training", [
        {"repository": OWNER, "path": "a.jpg", "pos": ["tree", "art"]},
        {"repository": OWNER, "path": "sea/b.jpg", "also": ["sky"], "doubt": ["art"],
         "sure": ["urban"]},
        {"repository": OWNER, "path": "sea/c.jpg", "unknown": ["food"]},
    ])  # fmt: skip
    assert [(each["pos"], each["unknown"]) for each in read_entries("training", tmp_path)] == [
        ({"art": 1.0, "tree": 1.0}, ["sky", "urban"]),
        ({"ocean": 0.8, "sky": 1.0}, ["art", "tree"]),
        ({"ocean": 0.8}, ["food"]),
    ]


@needs_git
def test_a_photo_may_have_several_captions(base: Path, tmp_path: Path) -> None:
    """They reach the training by the photo's name, and one by one."""
    tables, out = tmp_path / "tables", tmp_path / "out"
    line = {"repository": OWNER, "path": "sea/b.jpg", "captions": ["a boat", "small, blue"]}
    write_table(tables, "training", [line])
    gather("training", out, fetched(str(base)), tables)
    captions = read_captions([out / "captions.jsonl"], Plan(variant="all"))
    assert captions == {"ann_sea_b.jpg": ["a boat", "small, blue"]}


@needs_git
def test_what_is_there_is_not_brought_again(base: Path, tmp_path: Path) -> None:
    """A second run asks for the photos that are missing, and for no others."""
    out, tables = tmp_path / "out", tmp_path / "tables"
    asked: list[str] = []

    def open_(repository: str, commit: str, paths: Collection[str], folder: Path) -> Path:
        asked.extend(paths)
        return fetched(str(base))(repository, commit, paths, folder)

    gather("training", out, open_, tables)
    (out / "photos/ann/ann_sea_b.jpg").unlink()
    asked.clear()
    assert gather("training", out, open_, tables) == (2, 2)
    assert asked == ["sea/b.jpg"]
    assert not list(out.glob(".fetched-*"))


@needs_git
def test_what_is_gone_is_a_warning(base: Path, tmp_path: Path) -> None:
    """Repositories and files that are not to be had are counted, and left out of the lists."""
    tables = tmp_path / "tables"
    here: dict[str, Any] = {"pos": {}, "unknown": []}
    write_table(tables, "training", [
        {**here, "repository": "bob/gone", "path": "a.jpg"},
        {**here, "repository": "bob/gone", "path": "b.jpg"},
        {**here, "repository": OWNER, "path": "notes/c.jpg"},
        {**here, "repository": OWNER, "path": "sea/b.jpg"},
        {**here, "repository": OWNER, "path": "never/was.jpg"},
    ])  # fmt: skip
    said: list[str] = []
    out = tmp_path / "out"
    assert gather("training", out, fetched(str(base)), tables, said.append) == (1, 5)
    assert [entry["path"] for entry in listed(out)] == ["ann_sea_b.jpg"]
    ours, theirs = said
    assert "ann/photos" in ours
    assert "2 of 3" in ours
    assert "bob/gone" in theirs
    assert "2 of 2" in theirs


@needs_git
def test_a_mirror_is_read_where_it_lies(base: Path, tmp_path: Path) -> None:
    """The command is given owner/name and names the folder; where it fails, nothing is had."""
    place = base / f"{OWNER}.git"
    shell = f"""sh -c 'test "$0" = {OWNER} && echo {place}'"""
    assert mirrored(shell)(OWNER, "", (), tmp_path) == place
    with pytest.raises(GoneError):
        mirrored(shell)("bob/gone", "", (), tmp_path)
    out = tmp_path / "out"
    assert gather("left_out", out, mirrored(shell), tmp_path / "tables") == (2, 2)


@needs_git
def test_nothing_at_all_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command ends with 2 where no photo could be had, and says of how many."""
    few = [{"photo": "a.jpg", "path": "a.jpg", "repository": "bob/gone", "commit": "0" * 40}]
    monkeypatch.setattr("scripts.mini.gather.read_entries", lambda *_: few)
    asked = ["left_out", "--out", str(tmp_path / "out"), "--base", str(tmp_path)]
    assert main(asked) == 2
    assert "0 of 1 photos" in capsys.readouterr().out


@pytest.mark.parametrize("reduced", [True, False])
def test_photos_are_upright_small_and_rgb(reduced: bool) -> None:
    """The long side is at most 512 px after turning; a small photo keeps its size."""
    large = scaled(jpeg(3000, 1500, orientation=6), reduced=reduced)
    assert Image.open(io.BytesIO(large)).size == (256, 512)
    grey = io.BytesIO()
    Image.new("LA", (40, 30)).save(grey, "PNG")
    small = Image.open(io.BytesIO(scaled(grey.getvalue(), reduced=reduced)))
    assert (small.size, small.mode, small.format) == ((40, 30), "RGB", "JPEG")


def test_what_is_no_photo_is_said() -> None:
    """Bytes that are no photo are refused by name, not by a crash."""
    with pytest.raises(GoneError):
        scaled(b"no photo")


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_table_holds_together(name: str) -> None:
    """Known labels, a commit and terms for each photo, and a file name of its own."""
    entries = read_entries(name)
    kind = KINDS[name]
    for entry in entries:
        line = kind.line(entry)
        assert {*line.get("labels", ()), *line.get("pos", ()), *line["unknown"]} <= set(LABELS)
        assert re.fullmatch(r"[0-9a-f]{40}", entry["commit"])
        assert entry["terms"]
        assert all(0 < weight <= 1 for weight in line.get("pos", {}).values())
    assert len({kind.file(entry).lower() for entry in entries}) == len(entries)


def test_captions_find_one_photo_each() -> None:
    """The names of the training photos differ without their folders too: captions go by these."""
    names = {training_path(entry).lower() for entry in read_entries("training")}
    assert len(names) == len(read_entries("training"))


def test_sources_and_photos_name_the_same() -> None:
    """Each photo's repository is in sources.jsonl, once, and nothing there is without photos."""
    photos = [line for name in sorted(KINDS) for line in table(name)]
    folders = {(line["repository"], line["path"].rpartition("/")[0]) for line in photos}
    sources = [(row["repository"], row.get("folder")) for row in table("sources")]
    assert len(set(sources)) == len(sources)
    assert {repository for repository, folder in sources if folder is None} == {
        line["repository"] for line in photos
    }
    assert {(repository, folder) for repository, folder in sources if folder is not None} <= folders


def test_what_a_line_changes_is_there_to_be_changed() -> None:
    """No line takes away what was not unknown, or adds what its own list could say."""
    rows = {(row["repository"], row.get("folder")): row for row in table("sources")}
    for line in table("training"):
        here = line["repository"], line["path"].rpartition("/")[0]
        base = {**rows[here[0], None], **rows.get(here, {})}
        assert {*line.get("sure", ())} <= {*base.get("unknown", ())}
        assert "also" not in line or "pos" not in line
        assert "unknown" not in line or not {"doubt", "sure"} & line.keys()
        assert "caption" not in line or "captions" not in line


def test_no_owner_is_in_both_tables() -> None:
    """What judges the training has no repository owner in common with what is trained on."""
    owners = [
        {str(entry["repository"]).split("/")[0].lower() for entry in read_entries(name)}
        for name in sorted(KINDS)
    ]
    assert owners[0] & owners[1] == set()


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_read_me_counts_right(name: str) -> None:
    """README.md beside the tables says how many photos of how many repositories there are."""
    entries = read_entries(name)
    repositories = len({entry["repository"] for entry in entries})
    said = (TABLES / "README.md").read_text(encoding="utf-8")
    assert f"| `{name}.jsonl` | {len(entries):,} | {repositories} |" in said


def test_the_read_me_counts_the_permissive_photos() -> None:
    """README.md says how many training photos the permissive variant takes."""
    permissive = sum(allows_any_use(entry) for entry in read_entries("training"))
    assert f"{permissive:,} photos are permissive" in (TABLES / "README.md").read_text("utf-8")
