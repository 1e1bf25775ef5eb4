"""Photos by path: below the roots and nowhere else, whatever the text and the disk try."""

from __future__ import annotations

import asyncio
import os
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from framed.errors import Code, FramedError
from framed.intake.path import from_path, read_path
from tests.limits import within

LIMIT = within(1000)
SECRET = b"secret"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with photos in it, and a secret file beside it."""
    folder = tmp_path / "root"
    (folder / "in").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(b"photo a")
    (folder / "in" / "b.jpg").write_bytes(b"photo b")
    (folder / "in" / "ünï cödé #1?.jpg").write_bytes(b"photo c")
    (tmp_path / "secret.jpg").write_bytes(SECRET)
    return folder.resolve()


def refusal(text: str, *roots: Path) -> FramedError:
    with pytest.raises(FramedError) as refused:
        from_path(text, roots, LIMIT)
    return refused.value


@pytest.mark.parametrize(
    "text",
    [
        "a.jpg",
        "./a.jpg",
        "in/../a.jpg",
        "../root/a.jpg",
        "{root}/a.jpg",
        "{root}/./in/..//a.jpg",
        "/{root}/a.jpg",
        "//{root}/a.jpg",
        "file:///{root}/a.jpg",
    ],
)
def test_below_the_root_is_read(root: Path, text: str) -> None:
    """Relative or absolute, in any spelling that ends below the root."""
    photo = from_path(text.format(root=root), [root], LIMIT)
    assert (photo.data, photo.origin, photo.name) == (b"photo a", "path", "a.jpg")


def test_a_file_uri_is_a_path(root: Path) -> None:
    """Percent signs are undone, and every character may be in a name."""
    name = root / "in" / "ünï cödé #1?.jpg"
    assert from_path(name.as_uri(), [root], LIMIT).data == b"photo c"
    assert from_path(str(name), [root], LIMIT).data == b"photo c"
    assert from_path(f"FILE://localhost{root}/a.jpg", [root], LIMIT).data == b"photo a"


def test_relative_paths_are_tried_against_each_root(root: Path) -> None:
    """In the order of the roots; the first that has the file wins."""
    other = root.parent / "other"
    other.mkdir()
    (other / "a.jpg").write_bytes(b"other a")
    (other / "z.jpg").write_bytes(b"other z")
    assert from_path("a.jpg", [root, other], LIMIT).data == b"photo a"
    assert from_path("a.jpg", [other, root], LIMIT).data == b"other a"
    assert from_path("z.jpg", [root, other], LIMIT).data == b"other z"


def test_links_that_stay_inside_are_followed(root: Path) -> None:
    """A link to a file or folder below the same root is as good as its target."""
    (root / "link.jpg").symlink_to(root / "a.jpg")
    (root / "folder").symlink_to("in")
    assert from_path("link.jpg", [root], LIMIT).data == b"photo a"
    assert from_path("folder/b.jpg", [root], LIMIT).data == b"photo b"


def test_a_root_may_itself_be_a_link(root: Path) -> None:
    """Its own name counts and that of the folder it leads to, and no third name of the two."""
    link, other = root.parent / "linked", root.parent / "other"
    for name in (link, other):
        name.symlink_to(root)
    for text in ("a.jpg", str(root / "a.jpg"), str(link / "a.jpg"), "../linked/in/../a.jpg"):
        assert from_path(text, [link], LIMIT).data == b"photo a"
    assert refusal(str(other / "a.jpg"), link).code is Code.FORBIDDEN_PATH


def test_a_root_may_be_written_in_any_way(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative, with dots, below a link, or as the whole disk."""
    monkeypatch.chdir(root)
    (root.parent / "elsewhere").mkdir()
    (root.parent / "elsewhere" / "deep").symlink_to(root / "in")
    through_a_link = f"{root.parent}/elsewhere/deep/.."
    for way in map(Path, (".", "../root", "in/..", f"/{root}", through_a_link, "/")):
        assert from_path(str(root / "a.jpg"), [way], LIMIT).data == b"photo a", way
        inside = root.relative_to(way.resolve()) / "a.jpg"
        assert from_path(str(inside), [way], LIMIT).data == b"photo a", way


PAIRS = [
    ("{outside}/link/../root/a.jpg", "{outside}/nothing/../root/a.jpg"),
    ("{outside}/link/a.jpg", "{outside}/nothing/a.jpg"),
    ("{outside}/link/../a.jpg", "{outside}/nothing/../a.jpg"),
    ("{outside}/link/../../../x", "{outside}/nothing/../../../x"),
    ("{outside}/secret.jpg/../root/a.jpg", "{outside}/nothing.jpg/../root/a.jpg"),
    ("../link/../root/a.jpg", "../nothing/../root/a.jpg"),
    ("../link/a.jpg", "../nothing/a.jpg"),
    ("../link/../a.jpg", "../nothing/../a.jpg"),
    ("in/up/../b.jpg", "in/nothing/../b.jpg"),
    ("file://{outside}/link/%2e%2e/root/a.jpg", "file://{outside}/nothing/%2e%2e/root/a.jpg"),
    ("/bin/..{root}/a.jpg", "/nothing/..{root}/a.jpg"),
    ("/proc/self/cwd/../../..{root}/a.jpg", "/proc/self/nothing/../../..{root}/a.jpg"),
    ("/proc/self/cwd/..{root}/a.jpg", "/proc/self/nothing/..{root}/a.jpg"),
    ("/proc/self/root{root}/a.jpg", "/proc/self/nothing{root}/a.jpg"),
]


@pytest.mark.parametrize("named_by", ["itself", "a link"])
@pytest.mark.parametrize(("there", "not_there"), PAIRS)
def test_the_way_to_a_photo_does_not_tell_what_is_there(
    root: Path, there: str, not_there: str, named_by: str
) -> None:
    """Through a link outside, through a folder outside or through nothing: one answer."""
    outside, given = root.parent, root
    (outside / "link").symlink_to(root / "in")
    (root / "in" / "up").symlink_to(outside)
    if named_by == "a link":
        given = outside / "given"
        given.symlink_to(root)

    def answer(text: str) -> object:
        try:
            return from_path(text.format(root=given, outside=outside), [given], LIMIT).data
        except FramedError as refused:
            return refused.as_value()

    assert answer(there) == answer(not_there)


@pytest.mark.parametrize(
    "text",
    ["{outside}/secret.jpg", "../secret.jpg", "{outside}/link/a.jpg", "/proc/self/cwd/a.jpg", "/"],
)
def test_outside_the_disk_is_not_looked_at(
    root: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the time of the answer can tell: only the root itself was resolved."""
    (root.parent / "link").symlink_to(root)
    seen: set[Path] = set()

    def watched(call: Callable[..., Any]) -> Callable[..., Any]:
        def look(path: Any, *args: Any, **kinds: Any) -> Any:
            seen.add(Path(path))
            return call(path, *args, **kinds)

        return look

    for name in ("lstat", "stat", "readlink", "open"):
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    with suppress(FramedError):
        from_path(text.format(outside=root.parent), [root], LIMIT)
    monkeypatch.undo()
    assert seen
    assert seen <= {root, *root.parents}


@pytest.mark.parametrize(
    "text",
    [
        "../secret.jpg",
        "in/../../secret.jpg",
        "{outside}/secret.jpg",
        "file://{outside}/secret.jpg",
        "file://{root}/../secret.jpg",
        "file://{root}/%2e%2e/secret.jpg",
        "out.jpg",
        "out/secret.jpg",
        "/etc/passwd",
        "~/secret.jpg",
    ],
)
def test_outside_is_refused(root: Path, text: str) -> None:
    """No `..`, no absolute path, no URI and no link leads out."""
    (root / "out.jpg").symlink_to(root.parent / "secret.jpg")
    (root / "out").symlink_to(root.parent)
    asked = text.format(root=root, outside=root.parent)
    assert refusal(asked, root).code is Code.FORBIDDEN_PATH


def test_a_name_that_begins_like_the_root_is_outside(root: Path) -> None:
    """`/root-of-others` is not below `/root`."""
    beside = root.parent / "root-of-others"
    beside.mkdir()
    (beside / "a.jpg").write_bytes(SECRET)
    assert refusal(str(beside / "a.jpg"), root).code is Code.FORBIDDEN_PATH


def test_the_answer_does_not_tell_what_is_there(root: Path) -> None:
    """Outside the root a file, a folder and nothing at all are answered alike."""
    answers = [
        refusal(f"../{name}", root).as_value()
        for name in ("secret.jpg", "nothing.jpg", ".", "root2")
    ]
    answers.append(refusal("/root/no/such", root).as_value())
    assert all(answer == answers[0] for answer in answers)
    assert str(root) not in answers[0]["message"]


def test_without_roots_nothing_is_read(root: Path) -> None:
    """No root is the default, and allows no path at all."""
    assert refusal(str(root / "a.jpg")).code is Code.FORBIDDEN_PATH
    assert refusal("a.jpg").code is Code.FORBIDDEN_PATH


@pytest.mark.parametrize(
    "address",
    [
        "http://a/b.jpg",
        "HTTPS://a/b.jpg",
        " http://a",
        "ftp://a",
        "s3://a/b",
        "gs://a/b",
        "http://[::1",
    ],
)
def test_web_addresses_are_never_fetched(root: Path, address: str) -> None:
    """They are refused by a code of their own, whole or broken."""
    assert refusal(address, root).code is Code.FORBIDDEN_URL


@pytest.mark.parametrize(
    "text",
    ["a\0.jpg", "a.jpg\0", "file:///a%00b", "", ".", "..", "/", "\ud800", "file://[/a", "x" * 300],
    ids=ascii,
)
def test_odd_texts_are_refused(root: Path, text: str) -> None:
    """NUL, half characters, folders and names too long for a disk are no photo."""
    assert refusal(text, root).code is Code.FORBIDDEN_PATH


def test_an_endless_path_costs_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Megabytes of slashes are refused by their length: resolving them would take minutes."""

    def resolved(path: object) -> str:
        raise AssertionError("the disk was asked")

    monkeypatch.setattr(os.path, "realpath", resolved)
    assert refusal("a/" * 2**20, root).code is Code.FORBIDDEN_PATH


def test_what_is_no_regular_file_is_refused(root: Path) -> None:
    """Folders, sockets, devices and pipes are not photos."""
    (root / "null").symlink_to("/dev/null")
    assert refusal("in", root).code is Code.FORBIDDEN_PATH
    assert refusal("null", root).code is Code.FORBIDDEN_PATH
    assert refusal("a.jpg/b.jpg", root).code is Code.FORBIDDEN_PATH


def test_a_pipe_does_not_hang(root: Path) -> None:
    """Opening a pipe that nobody writes to returns at once."""
    os.mkfifo(root / "pipe.jpg")
    done = threading.Event()

    def read() -> None:
        with suppress(FramedError):
            from_path("pipe.jpg", [root], LIMIT)
        done.set()

    threading.Thread(target=read, daemon=True).start()
    assert done.wait(10)


def test_a_file_that_may_not_be_read_is_refused(root: Path) -> None:
    """The operating system's own refusal is ours."""
    (root / "a.jpg").chmod(0)
    if os.access(root / "a.jpg", os.R_OK):
        pytest.skip("this user may read everything")
    assert refusal("a.jpg", root).code is Code.FORBIDDEN_PATH


def test_links_in_a_circle_are_refused(root: Path) -> None:
    """They lead nowhere."""
    (root / "x.jpg").symlink_to("y.jpg")
    (root / "y.jpg").symlink_to("x.jpg")
    assert refusal("x.jpg", root).code is Code.FORBIDDEN_PATH


def test_the_size_is_checked(root: Path) -> None:
    """Empty and too large are said as such: the file is one the caller may know of."""
    (root / "empty.jpg").touch()
    (root / "large.jpg").write_bytes(bytes(LIMIT.bytes + 1))
    assert refusal("empty.jpg", root).code is Code.EMPTY
    assert refusal("large.jpg", root).code is Code.TOO_LARGE


def test_no_handle_stays_open(root: Path) -> None:
    """Neither success nor refusal leaks one."""
    open_handles = Path("/proc/self/fd")
    if not open_handles.is_dir():
        pytest.skip("handles cannot be counted here")
    before = len(os.listdir(open_handles))
    for text in ("in/b.jpg", "in", "nothing", "in/nothing"):
        with suppress(FramedError):
            from_path(text, [root], LIMIT)
    assert len(os.listdir(open_handles)) == before


@contextmanager
def swapping(*changes: tuple[Path, Path]) -> Iterator[None]:
    """A thread that renames back and forth, as fast as it can."""
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for source, target in changes:
                os.replace(source, target)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def attempts(text: str, root: Path, count: int = 4000) -> set[bytes]:
    """What `count` readings gave, refusals left out."""
    read: set[bytes] = set()
    for _ in range(count):
        with suppress(FramedError):
            read.add(from_path(text, [root], LIMIT).data)
    return read


def test_a_file_swapped_for_a_link_does_not_escape(root: Path) -> None:
    """What was checked is what is opened, though the name changes between the two."""
    photo, spare, link = root / "x.jpg", root / "spare", root / "link"
    photo.write_bytes(b"photo x")
    link.symlink_to(root.parent / "secret.jpg")
    with swapping((photo, spare), (link, photo), (photo, link), (spare, photo)):
        read = attempts("x.jpg", root)
    assert read == {b"photo x"}


def test_a_folder_swapped_for_a_link_does_not_escape(root: Path) -> None:
    """Nor does a folder on the way."""
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "b.jpg").write_bytes(SECRET)
    folder, spare, link = root / "in", root / "spare", root / "link"
    link.symlink_to(outside)
    with swapping((folder, spare), (link, folder), (folder, link), (spare, folder)):
        read = attempts("in/b.jpg", root)
    assert read == {b"photo b"}


COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "Müller é") for form in ("NFC", "NFD"))


@pytest.mark.parametrize("stored", [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
@pytest.mark.parametrize("asked", [(COMPOSED, COMPOSED), (DECOMPOSED, DECOMPOSED)])
@pytest.mark.parametrize("way", ["{}", "{root}/{}", "file://{root}/{}"])
def test_composed_and_decomposed_names_are_one(
    way: str, asked: tuple[str, str], stored: tuple[str, str], root: Path
) -> None:
    """A name typed on one system finds the file that another one stored, folder by folder."""
    folder, name = stored
    (root / folder).mkdir()
    (root / folder / f"{name}.jpg").write_bytes(b"found")
    text = way.format("/".join(asked) + ".jpg", root=root)
    assert from_path(text, [root], LIMIT).data == b"found"


def test_of_both_forms_the_one_asked_for_is_read(root: Path) -> None:
    """Where a folder holds both, they are two files."""
    for name in (COMPOSED, DECOMPOSED):
        (root / name).write_bytes(name.encode())
    for name in (COMPOSED, DECOMPOSED):
        assert from_path(name, [root], LIMIT).data == name.encode()


@pytest.mark.parametrize(("given", "asked"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_a_root_is_found_in_either_form(given: str, asked: str, tmp_path: Path) -> None:
    """And what merely looks like it is not: a folder beside it stays outside."""
    root = tmp_path / given
    root.mkdir()
    (root / "a.jpg").write_bytes(b"found")
    assert from_path(str(tmp_path / asked / "a.jpg"), [root], LIMIT).data == b"found"
    for outside in (f"{asked}x/a.jpg", f"{asked}/../a.jpg", "a.jpg"):
        with pytest.raises(FramedError) as refused:
            from_path(str(tmp_path / outside), [root], LIMIT)
        assert refused.value.code is Code.FORBIDDEN_PATH


def test_another_form_leads_out_no_more_than_the_name_itself(root: Path) -> None:
    """A link out of the roots is refused in either form, as if nothing were there."""
    (root.parent / "secret.jpg").write_bytes(b"secret")
    (root / COMPOSED).symlink_to(root.parent)
    for name in (COMPOSED, DECOMPOSED):
        answers = {str(refusal(f"{name}/{file}", root)) for file in ("secret.jpg", "nothing.jpg")}
        assert len(answers) == 1


def test_room_is_asked_for_by_the_files_size(root: Path) -> None:
    """Not by the limit: small photos are many at once."""
    asked: list[int] = []

    async def hold(size: int) -> None:
        asked.append(size)

    photo = asyncio.run(read_path("a.jpg", [root], LIMIT, hold))
    assert (photo.data, asked) == (b"photo a", [len(b"photo a")])
