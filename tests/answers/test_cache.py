"""The feature cache: what comes back, what does not, how large it gets, and what it survives."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from framed.answers import cache as cache_module
from framed.answers import cache_folder
from framed.answers.cache import FeatureCache, entry_name
from framed.answers.cache_entry import ENTRY_NAME, MAX_ENTRY_BYTES, DamagedEntryError, unpack

ROOM = 2**20
NAME = entry_name("photo", {"size": 336})
VERSION: dict[str, Any] = {
    "content": "c0ffee" * 8,
    "model": "mini",
    "bank": "default",
    "metrics": {"sharpness": 2, "noise": 1},
    "settings": {"top_k": 5, "temperature": 0.01, "exact": False},
}
FEATURES: dict[str, Any] = {
    "tech": {"sharpness": 0.12345678901234566, "exposure": 1e-17, "noise": None, "tilt": -0.0},
    "clip_labels": [{"label": "Gebäude 🏔", "confidence": 0.9, "cosine_score": 0.2}],
    "detail": {"tiles": [[0.1, 0.2], [0.3, 0.4]], "empty": {}, "text": '"},"features":{'},
    "warnings": {"noise": "too_small"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the cache will be: neither it nor its parent exists."""
    return tmp_path / "cache" / "features"


@pytest.fixture
def cache(folder: Path) -> FeatureCache:
    """An empty cache with ample room."""
    return FeatureCache(folder, ROOM)


def names(count: int) -> list[str]:
    """Names of as many entries."""
    return [entry_name(f"photo {number}", {}) for number in range(count)]


def entry_files(folder: Path) -> list[Path]:
    """The entries in the folder, by name."""
    return sorted(file for file in folder.iterdir() if ENTRY_NAME.fullmatch(file.name))


def size_of_all(folder: Path) -> int:
    """Bytes of all entries."""
    return sum(file.stat().st_size for file in entry_files(folder))


def used_hours_ago(file: Path, hours: float) -> float:
    """Pretend that the file was last used then; returns the moment."""
    moment = float(int(time.time() - hours * 3600))
    os.utime(file, (moment, moment))
    return moment


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged as a warning or worse."""
    return [line.getMessage() for line in caplog.records if line.levelno >= logging.WARNING]


# Names


def test_a_name_begins_with_the_seeds_key() -> None:
    """The first part is the MD5 of `{photo_id}_features`, the second tells what was asked."""
    key = hashlib.md5(b"IMG_1.jpg_features").hexdigest()
    one, other = (entry_name("IMG_1.jpg", {"size": size}) for size in (224, 336))
    assert ENTRY_NAME.fullmatch(one)
    assert one.split("-")[0] == other.split("-")[0] == key
    assert one != other


def test_a_name_does_not_depend_on_the_order_of_keys() -> None:
    """What was asked is the same in whichever order it was asked; 1 and 1.0 are not the same."""
    assert entry_name("a", {"x": 1, "y": {"p": 2, "q": 3}}) == entry_name(
        "a", {"y": {"q": 3, "p": 2}, "x": 1}
    )
    assert entry_name("a", {"x": 1}) != entry_name("a", {"x": 1.0})


@pytest.mark.parametrize("photo_id", ["", "../../etc/passwd", "\x00", "é" * 5000, "\ud83d"])
def test_any_id_gives_a_name(photo_id: str, cache: FeatureCache) -> None:
    """No id leaves the folder, is too long for a disk, or breaks on half a surrogate pair."""
    name = entry_name(photo_id, {})
    assert ENTRY_NAME.fullmatch(name)
    assert cache.put(name, VERSION, FEATURES)
    assert cache.get(name, VERSION) == FEATURES


# What comes back


def test_what_was_put_comes_back(cache: FeatureCache, folder: Path) -> None:
    """Features return equal to the last bit and in their order, also to another process."""
    assert cache.get(NAME, VERSION) is None
    assert cache.put(NAME, VERSION, FEATURES) is True
    for reader in (cache, FeatureCache(folder, ROOM)):
        assert json.dumps(reader.get(NAME, VERSION)) == json.dumps(FEATURES)


def test_the_file_is_what_the_seed_describes(cache: FeatureCache, folder: Path) -> None:
    """One JSON object of `version` and `features`; the version has the digest beside the rest."""
    cache.put(NAME, VERSION, FEATURES)
    (file,) = folder.iterdir()
    kept = json.loads(file.read_text(encoding="utf-8"))
    digest = kept["version"].pop("digest")
    assert file.name == NAME
    assert kept == {"version": VERSION, "features": FEATURES}
    assert len(bytes.fromhex(digest)) == 32


def test_others_cannot_read_the_folder(cache: FeatureCache, folder: Path) -> None:
    """What is in photos is nobody else's business."""
    cache.put(NAME, VERSION, FEATURES)
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / NAME).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "text", ["\ud83d", "\udc00\ud800", "\x00\x1f", "\u2028", "\U0010ffff", '"\\', "é" * 3]
)
def test_odd_text_survives(text: str, cache: FeatureCache) -> None:
    """Half surrogate pairs, controls and quotes return as they were, in version and features."""
    version, features = {"bank": text, text: 1}, {"label": text, text: "ü"}
    assert cache.put(NAME, version, features)
    assert cache.get(NAME, version) == features


def test_frozen_mappings_are_as_good(cache: FeatureCache) -> None:
    """A version may be built of read-only views; an empty one is a version too."""
    frozen = MappingProxyType({**VERSION, "metrics": MappingProxyType(VERSION["metrics"])})
    cache.put(NAME, frozen, MappingProxyType(FEATURES))
    assert cache.get(NAME, VERSION) == FEATURES
    assert cache.put(NAME, {}, {})
    assert cache.get(NAME, {}) == {}


def test_a_later_put_replaces(cache: FeatureCache, folder: Path) -> None:
    """A name holds the last features; the folder holds nothing else."""
    cache.put(NAME, VERSION, FEATURES)
    cache.put(NAME, {**VERSION, "content": "other"}, {"tech": {}})
    assert cache.get(NAME, {**VERSION, "content": "other"}) == {"tech": {}}
    assert [file.name for file in folder.iterdir()] == [NAME]


def test_the_order_of_a_versions_keys_says_nothing(cache: FeatureCache) -> None:
    """The same version built the other way round still hits."""
    cache.put(NAME, VERSION, FEATURES)
    assert cache.get(NAME, dict(reversed(VERSION.items()))) == FEATURES


@pytest.mark.parametrize(
    "other",
    [
        {**VERSION, "content": "beef" * 12},
        {**VERSION, "model": "mini2"},
        {**VERSION, "metrics": {"sharpness": 2, "noise": 2}},
        {**VERSION, "settings": {**VERSION["settings"], "exact": True}},
        {**VERSION, "settings": {**VERSION["settings"], "exact": 0}},
        {**VERSION, "settings": {**VERSION["settings"], "top_k": 5.0}},
        {**VERSION, "more": None},
        {key: value for key, value in VERSION.items() if key != "bank"},
        {},
    ],
)
def test_another_version_is_no_hit(
    other: dict[str, Any], cache: FeatureCache, caplog: pytest.LogCaptureFixture
) -> None:
    """Any difference counts, also one of type, and none of them is worth a warning."""
    cache.put(NAME, VERSION, FEATURES)
    assert cache.get(NAME, other) is None
    assert warnings_in(caplog) == []


# Damage


@pytest.fixture
def small(folder: Path) -> tuple[FeatureCache, Path, bytes]:
    """A cache with one small entry: the cache, the entry's file and its bytes."""
    cache = FeatureCache(folder, ROOM)
    cache.put(NAME, {"model": "mini"}, {"tech": {"noise": 0.5}})
    return cache, folder / NAME, (folder / NAME).read_bytes()


def test_every_flipped_byte_is_noticed(small: tuple[FeatureCache, Path, bytes]) -> None:
    """Whichever bit of whichever byte turns, the entry is damaged, in the version as well."""
    _, _, whole = small
    assert unpack(whole).features == {"tech": {"noise": 0.5}}
    for place in range(len(whole)):
        for bit in range(8):
            turned = bytearray(whole)
            turned[place] ^= 1 << bit
            with pytest.raises(DamagedEntryError):
                unpack(bytes(turned))


def test_every_cut_is_noticed(small: tuple[FeatureCache, Path, bytes]) -> None:
    """A write that was torn anywhere, or went on too long, gives no features."""
    cache, file, whole = small
    for torn in [*(whole[:end] for end in range(len(whole))), whole + b" ", whole + whole]:
        file.write_bytes(torn)
        assert cache.get(NAME, {"model": "mini"}) is None


def _is_directory(file: Path) -> None:
    file.mkdir()


def _is_link(file: Path) -> None:
    target = file.with_name("target")
    FeatureCache(file.parent, ROOM).put(NAME, VERSION, FEATURES)
    file.rename(target)
    file.symlink_to(target)


def _is_huge(file: Path) -> None:
    with file.open("wb") as stream:
        stream.truncate(MAX_ENTRY_BYTES * 100)  # sparse: it takes no room


def _is_other_json(file: Path) -> None:
    file.write_text('{"version": {"digest": ""}, "features": {}}')


def _is_a_pipe(file: Path) -> None:
    os.mkfifo(file)


@pytest.mark.parametrize(
    "damage", [_is_directory, _is_link, _is_huge, _is_other_json, _is_a_pipe, Path.touch]
)
def test_damage_is_one_line_and_no_entry(
    damage: Callable[[Path], None],
    cache: FeatureCache,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever lies in an entry's place, it is named once and never served."""
    folder.mkdir(parents=True)
    damage(folder / NAME)
    assert cache.get(NAME, VERSION) is None
    (line,) = warnings_in(caplog)
    assert str(folder / NAME) in line


@pytest.mark.parametrize("damage", [_is_link, _is_huge, _is_other_json, _is_a_pipe, Path.touch])
def test_damage_is_overwritten(
    damage: Callable[[Path], None], cache: FeatureCache, folder: Path
) -> None:
    """The next put heals the entry, and what a link points to stays as it was."""
    folder.mkdir(parents=True)
    damage(folder / NAME)
    target = folder / "target"
    before = target.read_bytes() if target.exists() else b""
    assert cache.put(NAME, VERSION, {"tech": {}})
    assert cache.get(NAME, VERSION) == {"tech": {}}
    assert (target.read_bytes() if target.exists() else b"") == before


def test_a_folder_in_an_entrys_place_stays(cache: FeatureCache, folder: Path) -> None:
    """It may hold somebody's files: nothing can be kept under that name, and nothing is lost."""
    (folder / NAME).mkdir(parents=True)
    (folder / NAME / "diary").write_text("dear diary")
    assert cache.put(NAME, VERSION, FEATURES) is False
    assert [path.name for path in folder.iterdir()] == [NAME]
    assert (folder / NAME / "diary").read_text() == "dear diary"


# What cannot be kept


@pytest.mark.parametrize(
    ("version", "features"),
    [
        (VERSION, {"tech": {"noise": float("nan")}}),
        (VERSION, {"tech": {"noise": float("inf")}}),
        (VERSION, {"tech": object()}),
        ({"digest": "mine"}, FEATURES),
        ({"settings": object()}, FEATURES),
    ],
)
def test_what_is_not_json_is_not_kept(
    version: dict[str, Any], features: dict[str, Any], cache: FeatureCache, folder: Path
) -> None:
    """A fault of ours costs the entry, not the answer."""
    assert cache.put(NAME, version, features) is False
    assert cache.get(NAME, version) is None
    assert not folder.exists()


@pytest.mark.parametrize("name", ["", "..", "../" + NAME, NAME + "\n", NAME.upper(), "notes.txt"])
def test_no_other_file_can_be_named(name: str, cache: FeatureCache, folder: Path) -> None:
    """A name that is not an entry's is neither read nor written."""
    assert cache.put(name, VERSION, FEATURES) is False
    assert cache.get(name, VERSION) is None
    assert not folder.exists()


def test_a_disk_that_refuses_is_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where no folder can be made, a thousand photos are one line in the log, and no failure."""
    (tmp_path / "cache").write_text("a file")
    for folder in (tmp_path / "cache", tmp_path / "cache" / "features"):
        caplog.clear()
        cache = FeatureCache(folder, ROOM)
        for name in names(1000):
            assert cache.put(name, VERSION, FEATURES) is False
            assert cache.get(name, VERSION) is None
        assert len(warnings_in(caplog)) == 1
        assert str(folder) in warnings_in(caplog)[0]


def test_the_warning_returns_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A disk that stays full is not forgotten."""
    (tmp_path / "cache").write_text("a file")
    cache = FeatureCache(tmp_path / "cache", ROOM)
    cache.put(NAME, VERSION, FEATURES)
    later = time.monotonic() + cache_module.WARN_EVERY_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    cache.put(NAME, VERSION, FEATURES)
    cache.put(NAME, VERSION, FEATURES)
    assert len(warnings_in(caplog)) == 2


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_a_failed_replacement_leaves_the_old_entry(
    code: int, cache: FeatureCache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk refuses the last step, the old entry stands whole and no half stays behind."""

    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    cache.put(NAME, VERSION, FEATURES)
    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", refuse)
        assert cache.put(NAME, VERSION, {}) is False
    assert cache.get(NAME, VERSION) == FEATURES
    assert [file.name for file in folder.iterdir()] == [NAME]
    assert cache.put(NAME, VERSION, {}) is True


def test_a_write_that_breaks_off_leaves_nothing(cache: FeatureCache, folder: Path) -> None:
    """When the system stops a write half way, no half stays behind."""
    cache.put(NAME, VERSION, FEATURES)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        kept = cache.put(NAME, VERSION, {"text": "x" * 10_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert kept is False
    assert cache.get(NAME, VERSION) == FEATURES
    assert [file.name for file in folder.iterdir()] == [NAME]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 64 KiB, where this machine lets us have one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    try:
        made = subprocess.run(mount, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if made.returncode:
        pytest.skip(f"no disk may be mounted here: {made.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_no_failure(tiny_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    """On a really full disk what fits stays readable, the rest is one warning."""
    cache = FeatureCache(tiny_disk / "features", ROOM)
    features = {"text": "x" * 9000}
    kept = [name for name in names(20) if cache.put(name, VERSION, features)]
    assert 0 < len(kept) < 20
    assert all(cache.get(name, VERSION) == features for name in kept)
    assert [file.name for file in entry_files(tiny_disk / "features")] == sorted(kept)
    assert len(warnings_in(caplog)) == 1


def test_a_folder_deleted_meanwhile_is_made_anew(cache: FeatureCache, folder: Path) -> None:
    """Somebody who tidies up does not stop the cache."""
    cache.put(NAME, VERSION, FEATURES)
    (folder / NAME).unlink()
    folder.rmdir()
    assert cache.get(NAME, VERSION) is None
    assert cache.put(NAME, VERSION, FEATURES)
    assert cache.get(NAME, VERSION) == FEATURES


# Size


ENTRY: dict[str, Any] = {"text": "x" * 1000}  # about 1.1 KiB as a file


def test_the_bound_holds_at_every_moment(folder: Path) -> None:
    """The folder never holds more than the bound, and not much less than nine tenths of it."""
    bound = 20_000
    cache = FeatureCache(folder, bound)
    sizes = []
    for name in names(100):
        assert cache.put(name, VERSION, ENTRY)
        sizes.append(size_of_all(folder))
    assert max(sizes) <= bound
    assert min(sizes[20:]) > bound * 0.9 - 2 * max(file.stat().st_size for file in folder.iterdir())


def test_the_longest_unused_go_first(folder: Path) -> None:
    """Entries go in the order of their last use; a hit on an old one saves it."""
    first = FeatureCache(folder, ROOM)
    kept = names(10)
    for age, name in enumerate(kept):
        first.put(name, VERSION, ENTRY)
        used_hours_ago(folder / name, 100 - age)
    assert first.get(kept[0], VERSION)  # the oldest is used again
    size = (folder / kept[0]).stat().st_size
    bounded = FeatureCache(folder, 10 * size)
    assert bounded.put(NAME, VERSION, ENTRY)
    assert {file.name for file in entry_files(folder)} == {kept[0], *kept[3:], NAME}


def test_a_hit_marks_the_use_now_and_then(cache: FeatureCache, folder: Path) -> None:
    """An hour after the last mark a hit makes a new one; before, it writes nothing."""
    cache.put(NAME, VERSION, FEATURES)
    recent = used_hours_ago(folder / NAME, 0.5)
    cache.get(NAME, VERSION)
    assert (folder / NAME).stat().st_mtime == recent
    used_hours_ago(folder / NAME, 2)
    cache.get(NAME, VERSION)
    assert (folder / NAME).stat().st_mtime > recent


def test_what_was_there_before_counts(folder: Path) -> None:
    """A process that starts over a full folder makes room with its first put."""
    earlier = FeatureCache(folder, ROOM)
    for name in names(30):
        earlier.put(name, VERSION, ENTRY)
    FeatureCache(folder, 10_000).put(NAME, VERSION, ENTRY)
    assert size_of_all(folder) <= 10_000
    assert (folder / NAME).exists()


def test_an_overwritten_entry_counts_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, cache: FeatureCache
) -> None:
    """Putting the same photos again and again neither evicts nor lists the folder anew."""
    listed: list[int] = []
    real = cache_folder.make_room

    def noted(*given: Any) -> int:
        listed.append(real(*given))
        return listed[-1]

    monkeypatch.setattr(cache_folder, "make_room", noted)
    several = FeatureCache(folder, 10_000)
    for _ in range(20):
        for name in names(4):
            assert several.put(name, VERSION, ENTRY)
    assert len(entry_files(folder)) == 4
    assert len(listed) <= 4


def test_an_entry_larger_than_all_is_not_written(folder: Path) -> None:
    """It would only drive out the others."""
    cache = FeatureCache(folder, 5_000)
    cache.put(NAME, VERSION, ENTRY)
    assert cache.put(names(1)[0], VERSION, {"text": "x" * 6_000}) is False
    assert [file.name for file in folder.iterdir()] == [NAME]


def test_an_entry_of_nearly_the_bound_stays(folder: Path) -> None:
    """What was just written is not what goes."""
    cache = FeatureCache(folder, 5_000)
    cache.put(NAME, VERSION, ENTRY)
    large = names(1)[0]
    assert cache.put(large, VERSION, {"text": "x" * 4_400})
    assert cache.get(large, VERSION) is not None


def test_nothing_else_is_deleted(folder: Path, tmp_path: Path) -> None:
    """Strange files, links and folders neither count nor go, however full it is."""
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("x" * 50_000)
    (folder / f"{NAME}.bak").write_text("x")
    (tmp_path / "elsewhere").write_text("x" * 50_000)
    link, inside = (entry_name(word, {}) for word in ("link", "folder"))
    (folder / link).symlink_to(tmp_path / "elsewhere")
    (folder / inside).mkdir()
    strange = {"notes.txt", f"{NAME}.bak", link, inside}
    cache = FeatureCache(folder, 5_000)
    assert all(cache.put(name, VERSION, ENTRY) for name in names(20))
    assert strange < {path.name for path in folder.iterdir()}
    assert (tmp_path / "elsewhere").read_text() == "x" * 50_000
    assert len(entry_files(folder)) - 2 >= 3


def test_halves_of_dead_processes_go(folder: Path) -> None:
    """A half-written entry goes an hour after it was left, one in work stays."""
    folder.mkdir(parents=True)
    old, new = (cache_folder.write_part(folder, NAME, b"half") for _ in range(2))
    used_hours_ago(old, 2)
    FeatureCache(folder, ROOM).put(NAME, VERSION, FEATURES)
    assert not old.exists()
    assert new.exists()


def test_files_that_vanish_are_no_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Another process may delete what this one is about to."""
    real = os.unlink
    earlier = FeatureCache(folder, ROOM)
    for name in names(20):
        earlier.put(name, VERSION, ENTRY)

    def deleted_twice(file: Any, **given: Any) -> None:
        real(file, **given)
        real(file, **given)

    monkeypatch.setattr(os, "unlink", deleted_twice)
    assert FeatureCache(folder, 10_000).put(NAME, VERSION, ENTRY)
    assert size_of_all(folder) <= 9_000
    assert warnings_in(caplog) == []


def test_what_cannot_be_deleted_is_tried_now_and_then(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where old entries resist, new ones are kept with a warning, and the folder is not listed
    for each of them."""
    earlier = FeatureCache(folder, ROOM)
    for name in names(300):
        earlier.put(name, VERSION, ENTRY)
    monkeypatch.setattr(cache_folder, "discard", lambda _: False)
    listed: list[Path] = []
    real = cache_folder.entries

    def noted(at: Path) -> Iterator[cache_folder.Kept]:
        listed.append(at)
        return real(at)

    monkeypatch.setattr(cache_folder, "entries", noted)
    full = FeatureCache(folder, 200_000)
    assert all(full.put(entry_name(f"new {n}", {}), VERSION, ENTRY) for n in range(50))
    assert len(listed) <= 6
    assert len(warnings_in(caplog)) == 1


# Several at once


def _put_and_get(cache: FeatureCache, worker: int) -> int:
    """Works on entries that the others work on too; returns the hits, all of them whole."""
    hits = 0
    for turn in range(60):
        name = entry_name(f"photo {turn % 20}", {})
        assert cache.put(name, VERSION, {"name": name, "text": "x" * (500 + 37 * worker)})
        found = cache.get(name, VERSION)
        assert found is None or found["name"] == name
        hits += found is not None
    return hits


def test_threads_share_a_cache(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Eight threads on twenty entries and too little room: whole entries, no error, the bound."""
    cache = FeatureCache(folder, 8_000)
    with ThreadPoolExecutor(8) as pool:
        hits = list(pool.map(lambda worker: _put_and_get(cache, worker), range(8)))
    assert sum(hits) > 0
    assert size_of_all(folder) <= 8_000
    assert entry_files(folder) == sorted(folder.iterdir())
    assert warnings_in(caplog) == []


PROCESS = """
import sys
from pathlib import Path
from framed.answers.cache import FeatureCache, entry_name
cache = FeatureCache(Path(sys.argv[1]), 8_000)
for turn in range(400):
    name = entry_name(f"photo {turn % 20}", {})
    assert cache.put(name, {"model": "mini"}, {"name": name, "text": sys.argv[2] * 500})
    found = cache.get(name, {"model": "mini"})
    assert found is None or found["name"] == name
"""


def test_processes_share_a_folder(folder: Path) -> None:
    """Two processes on twenty entries and too little room: whole entries, no word of damage."""
    command = [sys.executable, "-W", "error", "-c", PROCESS, str(folder)]
    root = Path(__file__).parents[2]
    running = [
        subprocess.Popen([*command, letter], cwd=root, stderr=subprocess.PIPE, text=True)
        for letter in "ab"
    ]
    said = [process.communicate(timeout=60)[1] for process in running]
    assert said == ["", ""]
    assert [process.returncode for process in running] == [0, 0]
    assert all(unpack(file.read_bytes()) for file in folder.iterdir())
    assert size_of_all(folder) <= 8_000 * 1.25
