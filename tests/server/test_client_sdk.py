"""BentoML's own client gets the same answers as plain HTTP, and learns why it was refused."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import bentoml
import pytest
from bentoml.exceptions import BentoMLException

from tests.server.running import RunningServer

OWN_LABELS = ["a pier at sunset", "a cat, sitting", '"quoted"', "日没", "1", "true"]
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "nothing": {},
    "top_k": {"top_k": 3},
    "the whole list": {"top_k": "all"},
    "bank": {"bank": "default"},
    "labels": {"labels": OWN_LABELS},
    "one label": {"labels": ["1"]},
    "labels in templates": {"labels": OWN_LABELS, "templates": "bank"},
    "size": {"size": 336},
    "temperature": {"temperature": 0.5},
    "threshold": {"threshold": 0.99, "temperature": 1.0},
    "decode": {"decode": "exact"},
    "model": {"model": "mini"},
    "match_threshold": {"match_threshold": 0.01},
    "the bank's threshold": {"match_threshold": "bank", "parents": True, "top_k_per_group": 2},
    "share": {"share": 0.05, "order": "z", "detail": True},
    "many": {"top_k": 99, "size": 224, "temperature": 0.02, "bank": "default", "model": "mini"},
}
SAME = 1e-5  # of a share, a cosine or a figure of an embedding
PASSING = {"request_id", "inference_time_ms", "seconds"}  # these differ from call to call


@pytest.fixture(scope="module")
def sdk(server: RunningServer) -> Iterator[Any]:
    """The client as BentoML's documentation makes it."""
    with bentoml.SyncHTTPClient(server.url) as made:
        yield made


def _assert_same(by_sdk: Any, plain: Any) -> None:
    assert plain.status_code == 200, plain.text
    _assert_alike(by_sdk, plain.json())


def _assert_alike(one: Any, other: Any, name: str = "") -> None:
    """Equal but for what differs from call to call; a photo may go with another batch, so 1e-5."""
    assert type(one) is type(other), name
    if isinstance(one, dict):
        assert list(one) == list(other), name
        for each in one.keys() - PASSING:
            _assert_alike(one[each], other[each], each)
    elif isinstance(one, list):
        assert len(one) == len(other), name
        for left, right in zip(one, other, strict=True):
            _assert_alike(left, right, name)
    elif isinstance(one, float):
        assert one == pytest.approx(other, abs=SAME), name
    else:
        assert one == other, name


def test_client_knows_the_functions(sdk):
    """The typed functions are the client's methods."""
    assert {"classify", "features", "reload", "encode_image", "encode_text"} <= set(sdk.endpoints)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())
def test_classify(sdk, client, sample, options):
    """`classify(file=…)` with each option answers as a plain upload with that option."""
    written = {
        name: json.dumps(value) if isinstance(value, list) else value
        for name, value in options.items()
    }
    plain = client.post("/classify", files={"file": sample.read_bytes()}, data=written)
    _assert_same(sdk.classify(file=sample, **options), plain)


def test_classify_tells_strings_from_values(sdk, sample):
    """A label that looks like JSON stays the word it is."""
    scores = sdk.classify(file=sample, labels=OWN_LABELS)["scores"]
    assert list(scores) == OWN_LABELS


def test_classify_takes_a_path_as_text(sdk, client, sample):
    """The client reads a file that is named by a string; the server never does."""
    plain = client.post("/classify", files={"file": sample.read_bytes()})
    _assert_same(sdk.classify(file=str(sample)), plain)


def test_classify_takes_base64(sdk, client, sample):
    """`classify(image=…)` answers as the JSON body does."""
    image = base64.b64encode(sample.read_bytes()).decode()
    plain = client.post("/classify", json={"image": image, "top_k": 2})
    _assert_same(sdk.classify(image=image, top_k=2), plain)


def test_classify_takes_a_name_with_blanks(sdk, sample, tmp_path):
    """File names are no part of the answer, whatever they hold."""
    odd = shutil.copy(sample, tmp_path / 'pier "at" sünset; x.jpg')
    _assert_alike(sdk.classify(file=Path(odd)), sdk.classify(file=sample))


def test_features_of_files(sdk, client, roots):
    """`features(files=[…])` answers as an upload of several files."""
    photos = sorted(roots.glob("*.jpg"))
    sent = [("files", (photo.name, photo.read_bytes())) for photo in photos]
    plain = client.post("/features", files=sent, data={"top_k": 2})
    answer = sdk.features(files=photos, top_k=2)
    assert [item["filename"] for item in answer["artifacts"]] == [each.name for each in photos]
    _assert_same(answer, plain)


def test_features_of_one_file(sdk, sample):
    """One file need not be a list."""
    (item,) = sdk.features(files=sample)["artifacts"]
    assert sdk.features(file=sample)["artifacts"][0].keys() == item.keys()
    assert item["filename"] == sample.name
    assert item["features"]["clip_labels"]


def test_features_of_artifacts(sdk, client, sample):
    """`features(artifacts=[…])` answers as the JSON batch, and keeps every field."""
    artifacts = [
        {"photo_id": "1", "std_uri": sample.name, "exif": {"iso": 64, "gps": None, "x": [1.5]}},
        {"photo_id": "two", "original_uri": "not-there.jpg"},
    ]
    plain = client.post("/features?labels=names&top_k=3", json={"artifacts": artifacts})
    answer = sdk.features(artifacts=artifacts, labels="names", top_k=3)
    _assert_same(answer, plain)
    for item, sent in zip(answer["artifacts"], artifacts, strict=True):
        assert {name: item[name] for name in sent} == sent
    assert [item["features"] is None for item in answer["artifacts"]] == [False, True]


@pytest.mark.parametrize("bank", [{}, {"bank": "landmarks"}], ids=["all", "one"])
def test_reload(sdk, client, bank):
    """`reload()` answers as the plain route, and nothing changes where no file changed."""
    answer = sdk.reload(**bank)
    _assert_same(answer, client.post("/reload", json=bank))
    assert not any(each["changed"] for each in answer["banks"].values())
    assert ("default" in answer["banks"]) == (not bank)


def test_encode_image(sdk, client, roots):
    """`encode_image(image=[…])` gives a list a photo, and a bare list for one."""
    photos = sorted(roots.glob("*.jpg"))
    sent = [("image", (photo.name, photo.read_bytes())) for photo in photos]
    _assert_same(sdk.encode_image(image=photos), client.post("/encode_image", files=sent))
    _assert_same(sdk.encode_image(image=photos[:1]), client.post("/encode_image", files=sent[:1]))


def test_the_good_photos_of_a_batch(sdk, sample, tmp_path):
    """Null stands in the place of the bad one."""
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no photo")
    first, none, last = sdk.encode_image(image=[sample, bad, sample], on_error="null")
    assert (none, len(first), len(last)) == (None, 256, 256)


def test_embeddings_beside_features(sdk, sample):
    """As numbers, or packed."""
    (plain,) = sdk.features(files=[sample], embedding=True)["artifacts"]
    (packed,) = sdk.features(files=[sample], embedding="base64")["artifacts"]
    assert len(plain["features"]["embedding"]) == 256
    assert len(base64.b64decode(packed["features"]["embedding"])) == 1024


@pytest.mark.parametrize("texts", [["a cat"], ["a cat", "日没", "1", "null"]], ids=["one", "many"])
def test_encode_text(sdk, client, texts):
    """`encode_text(texts=[…])` answers as the JSON body does."""
    plain = client.post("/encode_text", json={"texts": texts})
    _assert_same(sdk.encode_text(texts=texts), plain)


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"bank": "nowhere"}, 404, "unknown_bank"),
        ({"model": "nobody"}, 404, "unknown_model"),
        ({"labels": ["a", "a"]}, 400, "invalid_parameter"),
        ({"temperature": 0.0}, 400, "invalid_parameter"),
    ],
    ids=["bank", "model", "labels", "temperature"],
)
def test_refusals_carry_status_and_code(sdk, sample, options, status, code):
    """A refused call raises an error with the HTTP status; its text holds our code."""
    with pytest.raises(BentoMLException) as refused:
        sdk.classify(file=sample, **options)
    assert refused.value.error_code == status
    assert code in str(refused.value)


def test_refused_photo(sdk, tmp_path):
    """A file that is no photo raises an error that says so."""
    text = tmp_path / "a.jpg"
    text.write_text("hello")
    with pytest.raises(BentoMLException) as refused:
        sdk.classify(file=text)
    assert refused.value.error_code == 400
    assert "not_an_image" in str(refused.value)


def test_web_addresses_are_not_fetched(sdk):
    """A URL that the client passes on as text is refused, not fetched."""
    with pytest.raises(BentoMLException) as refused:
        sdk.classify(file="http://127.0.0.1:9/a.jpg")
    assert refused.value.error_code == 400
    assert "no_photo" in str(refused.value)
