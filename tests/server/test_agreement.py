"""The served numbers are open_clip's own, however a photo comes in and whatever comes along."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.server.running import REPO

WHOLE = 2e-3  # of a cosine, where every pixel was decoded
SHRUNK = 6e-3  # where a large JPEG was shrunk while it was loaded
SAME = 1e-5  # the same pixels by another way, or beside other photos
VECTOR = 1e-4  # of one figure of an embedding
TWELVE_MEGAPIXELS = 12_000_000
ENLARGED = ("pier_sunset.jpg", "cat.jpg", "old_street.jpg", "rocket_night.jpg")
OWN_LABELS = ["a pier at sunset", "a cup of coffee", "a cat", "a tree"]

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ByHand:
    """The model as open_clip loads it, used the way its own documentation does."""

    model: Any
    preprocess: Callable[[Image.Image], Any]
    tokenize: Callable[[Sequence[str]], Any]

    def photo(self, picture: Image.Image) -> Vector:
        """The unit embedding [D] of an upright picture."""
        import torch

        with torch.inference_mode():
            encoded = self.model.encode_image(self.preprocess(picture)[None])
        return _unit(encoded.numpy()[0])

    def texts(self, texts: Sequence[str]) -> Vector:
        """Unit embeddings [N, D]."""
        import torch

        with torch.inference_mode():
            return _unit(self.model.encode_text(self.tokenize(texts)).numpy())

    def bank(self, folder: Path) -> dict[str, Vector]:
        """Label -> unit mean of its unit prompts, from a folder of label and template files."""
        labels = json.loads((folder / "labels.json").read_text())["labels"]
        templates = json.loads((folder / "templates.json").read_text())["templates"]
        prompts = {label: [each.format(label) for each in templates] for label in labels}
        return {label: _unit(self.texts(each).mean(axis=0)) for label, each in prompts.items()}


def _unit(rows: npt.NDArray[Any]) -> Vector:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def by_hand() -> ByHand:
    """open_clip's own model, preprocessing and tokenizer for the embedded checkpoint."""
    import open_clip

    name = f"local-dir:{REPO / 'config' / 'models' / 'mini'}"
    model, preprocess = open_clip.create_model_from_pretrained(name)
    return ByHand(model.eval(), preprocess, open_clip.get_tokenizer(name))


@pytest.fixture(scope="module")
def bank(by_hand: ByHand) -> dict[str, Vector]:
    """The default bank, built without the service."""
    return by_hand.bank(REPO / "config")


@pytest.fixture(scope="module")
def photos(shared_data: Path) -> list[Path]:
    """All of the reference photos; they are upright sRGB already."""
    return sorted((shared_data / "photos").glob("*.jpg"))


@pytest.fixture(scope="module")
def enlarged(shared_data: Path) -> dict[str, bytes]:
    """A few of them as a camera would write them: 12 megapixels."""
    return {name: _enlarge(shared_data / "photos" / name) for name in ENLARGED}


def _enlarge(file: Path) -> bytes:
    with Image.open(file) as small:
        scale = (TWELVE_MEGAPIXELS / (small.width * small.height)) ** 0.5
        size = (round(small.width * scale), round(small.height * scale))
        large = small.convert("RGB").resize(size, Image.Resampling.BICUBIC)
    written = io.BytesIO()
    large.save(written, "JPEG", quality=90)
    return written.getvalue()


def _picture(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as opened:
        return opened.convert("RGB")


def _classify(client: httpx.Client, data: bytes, **query: Any) -> dict[str, Any]:
    answer = client.post(
        "/classify", params=query, content=data, headers={"content-type": "image/jpeg"}
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _scores(results: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    return {each["label"]: each.get("score", each.get("cosine_score")) for each in results}


def _figures(results: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    """Label -> (share, cosine), from `/classify` or from `/features`."""
    return {
        each["label"]: (
            each.get("prob", each.get("confidence")),
            each.get("score", each.get("cosine_score")),
        )
        for each in results
    }


def _assert_agrees(
    answer: Mapping[str, Any], expected: Mapping[str, float], tolerance: float, photo: str
) -> None:
    served = _scores(answer["results"])
    apart = {label: abs(score - expected[label]) for label, score in served.items()}
    assert max(apart.values()) <= tolerance, f"{photo}: {apart}"
    first, best = answer["results"][0]["label"], max(expected, key=expected.__getitem__)
    # two labels closer to each other than the tolerance may change places, no others
    assert expected[best] - expected[first] <= (0 if first == best else tolerance), (
        f"{photo}: served {first!r}, by hand {best!r}"
    )


def _expected(by_hand: ByHand, bank: Mapping[str, Vector], data: bytes) -> dict[str, float]:
    embedding = by_hand.photo(_picture(data))
    return {label: float(row @ embedding) for label, row in bank.items()}


def test_sample_agrees_with_open_clip(client, by_hand, bank, sample):
    """The photo that comes with the repository scores as open_clip scores it."""
    data = sample.read_bytes()
    answer = _classify(client, data, top_k=10)
    _assert_agrees(answer, _expected(by_hand, bank, data), WHOLE, sample.name)


def test_every_photo_agrees_with_open_clip(client, by_hand, bank, photos):
    """Each reference photo has open_clip's first label and its cosines."""
    assert photos
    for photo in photos:
        data = photo.read_bytes()
        answer = _classify(client, data, top_k=10)
        _assert_agrees(answer, _expected(by_hand, bank, data), WHOLE, photo.name)


@pytest.mark.parametrize("name", ENLARGED)
@pytest.mark.parametrize(
    ("decode", "tolerance"), [("fast", SHRUNK), ("exact", WHOLE)], ids=["shrunk", "exact"]
)
def test_camera_sized_photos_agree(client, by_hand, bank, enlarged, name, decode, tolerance):
    """A 12-megapixel photo agrees fully, or a little less closely when shrunk on load."""
    data = enlarged[name]
    answer = _classify(client, data, top_k=10, decode=decode)
    _assert_agrees(answer, _expected(by_hand, bank, data), tolerance, name)


def test_camera_sized_photo_is_shrunk_on_load(client, enlarged):
    """The looser tolerance is needed: the fast way really decodes fewer pixels, and says so."""
    data = enlarged[ENLARGED[0]]
    for decode, shrinks in (("fast", True), ("exact", False)):
        detail = _features(client, data, decode=decode)["detail"]
        assert any(step.startswith("shrink:") for step in detail["photo"]["applied"]) == shrinks


@pytest.mark.parametrize("temperature", [0.01, 0.1, 1.0])
def test_prob_is_the_softmax_of_the_scores(client, sample, temperature):
    """`prob` is softmax(score / temperature) over all labels of the question."""
    answer = _classify(
        client, sample.read_bytes(), labels=json.dumps(OWN_LABELS), temperature=temperature
    )
    weights = {
        label: np.exp(score / temperature) for label, score in _scores(answer["results"]).items()
    }
    assert set(weights) == set(OWN_LABELS)
    for each in answer["results"]:
        share = weights[each["label"]] / sum(weights.values())
        assert each["prob"] == pytest.approx(share, abs=1e-6)


def test_bank_prob_counts_every_label(client, by_hand, bank, sample):
    """A bank's shares are taken over the whole bank, not over the labels that are shown."""
    data = sample.read_bytes()
    expected = _expected(by_hand, bank, data)
    whole = sum(np.exp(score / 0.1) for score in expected.values())
    for each in _classify(client, data, temperature=0.1, top_k=10)["results"]:
        assert each["prob"] == pytest.approx(np.exp(each["score"] / 0.1) / whole, abs=WHOLE)


@pytest.mark.parametrize("templates", ["raw", "bank"])
def test_own_labels_agree_with_open_clip(client, by_hand, sample, templates):
    """Own labels score as open_clip scores the words, as they stand or in the bank's templates."""
    data = sample.read_bytes()
    patterns = json.loads((REPO / "config" / "templates.json").read_text())["templates"]
    used = ["{}"] if templates == "raw" else patterns
    words = {
        label: _unit(by_hand.texts([each.format(label) for each in used]).mean(axis=0))
        for label in OWN_LABELS
    }
    answer = _classify(client, data, labels=json.dumps(OWN_LABELS), templates=templates)
    _assert_agrees(answer, _expected(by_hand, words, data), WHOLE, sample.name)


def _upload(client: httpx.Client, data: bytes) -> dict[str, Any]:
    answer = client.post("/classify?top_k=10", files={"file": ("a.jpg", data, "image/jpeg")})
    body: dict[str, Any] = answer.json()
    return body


def _inline(client: httpx.Client, data: bytes, *, prefix: str = "") -> dict[str, Any]:
    image = prefix + base64.b64encode(data).decode()
    answer: dict[str, Any] = client.post("/classify", json={"image": image, "top_k": 10}).json()
    return answer


def _features(client: httpx.Client, data: bytes, **query: Any) -> dict[str, Any]:
    answer = client.post("/features", params=query, files={"files": ("a.jpg", data, "image/jpeg")})
    assert answer.status_code == 200, answer.text
    features: dict[str, Any] = answer.json()["artifacts"][0]["features"]
    return features


def _by_path(client: httpx.Client, path: str) -> dict[str, Any]:
    answer = client.post("/features?top_k=10", json={"artifacts": [{"original_uri": path}]})
    features: dict[str, Any] = answer.json()["artifacts"][0]["features"]
    return features


WAYS: Mapping[str, Callable[[httpx.Client, bytes], Mapping[str, Any]]] = {
    "multipart": _upload,
    "base64 in JSON": _inline,
    "data URI in JSON": partial(_inline, prefix="data:image/jpeg;base64,"),
    "file of a batch": partial(_features, top_k=10),
}


def _assert_same(one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> None:
    left, right = _figures(one), _figures(other)
    assert list(left) == list(right)
    for label, figures in left.items():
        assert figures == pytest.approx(right[label], abs=SAME), label


@pytest.mark.parametrize("way", WAYS)
def test_ways_in_are_the_same(client, sample, way):
    """However a photo's bytes come in, the figures are those of the raw body."""
    data = sample.read_bytes()
    raw = _classify(client, data, top_k=10)["results"]
    answer = WAYS[way](client, data)
    _assert_same(answer.get("results") or answer["clip_labels"], raw)


@pytest.mark.parametrize("written", ["relative", "absolute", "file URI"])
def test_a_path_is_a_way_in(client, roots, sample, written):
    """A photo named by its path scores as the same photo sent."""
    file = roots / sample.name
    path = {"relative": sample.name, "absolute": str(file), "file URI": file.as_uri()}[written]
    raw = _classify(client, sample.read_bytes(), top_k=10)["results"]
    _assert_same(_by_path(client, path)["clip_labels"], raw)


def test_alone_is_as_in_a_batch(client, roots):
    """A photo's figures in a batch are those it has alone."""
    neighbours = sorted(roots.glob("*.jpg"))
    assert len(neighbours) > 1
    files = [("files", (each.name, each.read_bytes(), "image/jpeg")) for each in neighbours * 3]
    batch = client.post("/features?top_k=10", files=files).json()["artifacts"]
    assert [item["filename"] for item in batch] == [each.name for each in neighbours * 3]
    for item, photo in zip(batch, neighbours * 3, strict=True):
        alone = _classify(client, photo.read_bytes(), top_k=10)["results"]
        _assert_same(item["features"]["clip_labels"], alone)


def test_alone_is_as_among_strangers(client, roots):
    """A photo's figures do not depend on the requests that are answered beside it."""
    photos = {each: each.read_bytes() for each in sorted(roots.glob("*.jpg"))}
    alone = {each: _classify(client, data, top_k=10)["results"] for each, data in photos.items()}
    crowd = list(photos) * 6
    with ThreadPoolExecutor(len(crowd)) as pool:
        answers = list(pool.map(lambda each: _classify(client, photos[each], top_k=10), crowd))
    for photo, answer in zip(crowd, answers, strict=True):
        _assert_same(answer["results"], alone[photo])


def _encode(client: httpx.Client, *photos: bytes) -> npt.NDArray[np.float64]:
    files = [("image", (f"{index}.jpg", each, "image/jpeg")) for index, each in enumerate(photos)]
    answer = client.post("/encode_image", files=files)
    assert answer.status_code == 200, answer.text
    return np.array(answer.json())


def test_encoded_photo_is_open_clips(client, by_hand, sample):
    """`/encode_image` gives open_clip's embedding, of unit length, as one bare list."""
    data = sample.read_bytes()
    vector = _encode(client, data)
    assert vector.shape == (client.get("/info").json()["embedding_dimension"],)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert vector == pytest.approx(by_hand.photo(_picture(data)), abs=VECTOR)


def test_encoded_photos_are_each_as_alone(client, roots):
    """Several photos give a list each, in their order."""
    photos = [each.read_bytes() for each in sorted(roots.glob("*.jpg"))]
    together = _encode(client, *photos)
    assert together.shape[0] == len(photos)
    for row, photo in zip(together, photos, strict=True):
        assert row == pytest.approx(_encode(client, photo), abs=SAME)


def test_encoded_texts_are_open_clips(client, by_hand):
    """`/encode_text` gives open_clip's embeddings, of unit length, in order."""
    texts = [*OWN_LABELS, OWN_LABELS[0], "Sagrada Família", "日没"]
    answer = client.post("/encode_text", json={"texts": texts})
    rows = np.array(answer.json())
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)
    assert rows == pytest.approx(by_hand.texts(texts), abs=VECTOR)


@pytest.mark.parametrize("name", ["pier_sunset.jpg", "cat.jpg"])
def test_metrics_do_not_depend_on_the_way_in(client: httpx.Client, name: str) -> None:
    """Uploaded, as the whole body, as base64 and by its path: the same file, the same numbers."""
    data = (REPO / "docs" / "samples" / name).read_bytes()
    inline = "data:image/jpeg;base64," + base64.b64encode(data).decode()
    ways = {
        "multipart": client.post("/features", files={"files": (name, data)}),
        "raw": client.post("/features", content=data, headers={"content-type": "image/jpeg"}),
        "inline": client.post("/features", json={"std_uri": inline}),
        "path": client.post("/features", json={"artifacts": [{"std_uri": name}]}),
    }
    numbers = {way: _measured(answer.json()) for way, answer in ways.items()}
    assert all(each == numbers["multipart"] for each in numbers.values())
    assert sum(value is not None for value in numbers["raw"][0].values()) >= 6


def _measured(body: Mapping[str, Any]) -> tuple[Any, ...]:
    """Numbers and figures of an answer with one photo, bare or in a batch."""
    (item,) = body.get("artifacts", [body])
    features = item["features"]
    assert not features["detail"]["cached"]
    return features["tech"], features["detail"]["metrics"], features["warnings"]
