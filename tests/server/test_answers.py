"""What the routes answer: the shapes that older services fixed, and the log lines they leave."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from framed import __version__
from tests.server.running import REPO, RunningServer

METRICS = ("sharpness", "exposure", "noise")
PROBES = ("/livez", "/readyz", "/healthz", "/health", "/info")
LANDMARKS_SECONDS = 60.0  # banks beside the default one are built after the server is ready

BATCH = """{
  "batch_id": "batch_20251017_105804",
  "artifacts": [
    {
      "photo_id": "48f6cf1e6e10e5367e229aabc3bffcf1c3bb3adac74365665fa9d6d1d1ed0541",
      "original_uri": "./data/input/992DDF60-302C-4AB3-A794-EE9D0DDC56AA.jpg",
      "ranking_uri": "./data/rankingInput/48f6cf1e6e10e5367e229aabc3bffcf1.jpg",
      "std_uri": "./pier_sunset.jpg",
      "exif": {
        "camera": "Apple iPhone 11 Pro Max",
        "lens": "Unknown",
        "iso": 64,
        "aperture": "f/1.8",
        "shutter_speed": "1/60",
        "focal_length": "4mm",
        "datetime": "2024:12:25 11:25:57",
        "gps": null,
        "exposure_bias": 1.0,
        "exposure_time": 1e-3,
        "subject_distance": 0.10,
        "serial": 12345678901234567890,
        "altitude": -0.0,
        "lens_ratio": 3.141592653589793238462643,
        "huge": 1E+400
      },
      "format": ".jpg",
      "processing_metadata": {
        "original_size": [3840, 2160],
        "standardized_size": [2048, 1152],
        "processing_method": "quality_preserved"
      }
    },
    {
      "z": true, "photo_id": 7, "a": {"": [{}, [], "\\u00e9 \\ud83d\\ude00 </script>"]},
      "features": "of an earlier run",
      "original_uri": "coffee.jpg"
    }
  ],
  "trace": {"hop": 3.50, "at": 1729154284.000001}
}"""

BARE = """{
  "photo_id": "abed1315713f44e8c76ba97152ec25d788a02f36ec64b7858b5d00c7fb08e9ea",
  "original_uri": "cat.jpg",
  "ranking_uri": null,
  "exif": {"camera": "Apple iPhone 11 Pro Max", "iso": 125, "aperture": "f/2.4", "gps": null},
  "format": ".jpg"
}"""


def _classify(client: httpx.Client, photo: bytes, **query: Any) -> dict[str, Any]:
    answer = client.post("/classify", files={"file": photo}, params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _post_json(client: httpx.Client, text: str, **query: Any) -> httpx.Response:
    answer = client.post(
        "/features", content=text, params=query, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    return answer


class _Written(str):
    """A number as its text."""


class _Members(list[tuple[str, Any]]):
    """An object as its members in order."""

    def without(self, *names: str) -> list[tuple[str, Any]]:
        return [(name, value) for name, value in self if name not in names]

    def member(self, name: str) -> Any:
        return dict(self)[name]


def _verbatim(text: str) -> Any:
    """JSON with each number as it is written, and each object with its members in order."""
    return json.loads(text, parse_float=_Written, parse_int=_Written, object_pairs_hook=_Members)


def _only_log_line(server: RunningServer, answer: httpx.Response) -> dict[str, Any]:
    lines = server.requests(answer.headers["x-request-id"])
    (line,) = [line for line in lines if line["logger"] == "framed.request"]
    return line


def test_classify_has_the_members_of_the_first_service(client, sample):
    """Model, device, size, top_k and results, best first, with share and cosine."""
    answer = _classify(client, sample.read_bytes())
    assert answer.keys() >= {"model", "device", "size", "top_k", "results"}
    assert answer["top_k"] == len(answer["results"]) == 5
    assert answer["adjusted"] == []
    for each in answer["results"]:
        assert list(each) == ["label", "prob", "score", "match"]
        assert 0 <= each["prob"] <= 1
        assert -1 <= each["score"] <= 1
    shares = [each["prob"] for each in answer["results"]]
    assert shares == sorted(shares, reverse=True)


def test_classify_takes_its_options_anywhere(client, sample):
    """Query and form are the same place for a parameter."""
    photo = sample.read_bytes()
    form = client.post("/classify", files={"file": photo}, data={"top_k": "2", "temperature": ".5"})
    query = _classify(client, photo, top_k=2, temperature=0.5)
    assert form.json()["results"] == query["results"]


def test_weak_best_label_is_unsure(client, sample):
    """A best share below the threshold answers `unsure` alone, with the best's figures."""
    photo = sample.read_bytes()
    best = _classify(client, photo, temperature=1.0)["results"][0]
    assert best["prob"] < 0.9
    (only,) = _classify(client, photo, temperature=1.0, threshold=0.9)["results"]
    assert only == {**best, "label": "unsure"}


def test_strong_best_label_passes_the_threshold(client, sample):
    """A threshold below the best share changes nothing."""
    photo = sample.read_bytes()
    plain = _classify(client, photo)["results"]
    assert _classify(client, photo, threshold=plain[0]["prob"] / 2)["results"] == plain


def test_own_labels_have_the_members_of_the_embedding_service(client, sample):
    """Every label's share in the order given, the first of them, and the time it took."""
    labels = ["a cup of coffee", "a pier at sunset", "a cat"]
    answer = _classify(client, sample.read_bytes(), labels=json.dumps(labels))
    assert list(answer["scores"]) == labels
    assert sum(answer["scores"].values()) == pytest.approx(1)
    assert answer["top_label"] == "a pier at sunset" == answer["results"][0]["label"]
    assert answer["inference_time_ms"] > 0
    assert answer["bank"] is None


def test_bank_answers_lack_the_members_of_own_labels(client, sample):
    """Without own labels nothing of the embedding service's shape is there."""
    answer = _classify(client, sample.read_bytes())
    assert not answer.keys() & {"scores", "top_label", "inference_time_ms"}


def test_another_bank_ranks_its_own_labels(client, server, sample):
    """`bank=landmarks` ranks landmarks, and names that bank and its checksum."""
    assert server.wait_for(
        lambda: client.get("/labels?bank=landmarks").status_code == 200, LANDMARKS_SECONDS
    )
    known = client.get("/labels?bank=landmarks").json()
    answer = _classify(client, sample.read_bytes(), bank="landmarks", top_k=10)
    assert {each["label"] for each in answer["results"]} == set(known["labels"])
    assert (answer["bank"], answer["bank_checksum"]) == ("landmarks", known["checksum"])
    assert "Sagrada Família" in known["labels"]
    assert (known["groups"], known["entries"], known["share"]) == ({}, {}, 0.01)
    default = client.get("/labels").json()
    assert list(default["groups"]) == ["subject", "style", "light", "place", "occasion", "drawn"]
    assert set(default["groups"]["subject"]["labels"]) < set(default["labels"])
    assert known["checksum"] != client.get("/labels").json()["checksum"]


def test_aliases_and_spellings_of_the_path_are_one_route(client, sample):
    """A slash at the end and an escaped letter reach the same route."""
    for path in ("/classify/", "/%63lassify"):
        answer = client.post(path, files={"file": sample.read_bytes()})
        assert answer.status_code == 200, path
        assert answer.json()["results"]


def test_classify_leaves_its_log_line(client, server, sample):
    """One JSON line holds what the first service logged, and the bank's checksum."""
    answer = client.post("/classify?top_k=3", files={"file": sample.read_bytes()})
    body, line = answer.json(), _only_log_line(server, answer)
    labels = [each["label"] for each in body["results"]]
    assert line["rid"] == body["request_id"]
    assert {name: line[name] for name in ("model", "device", "size")} == {
        name: body[name] for name in ("model", "device", "size")
    }
    assert line["top1_label"] == labels[0]
    assert line["topk_labels"] == labels
    assert line["top1_prob"] == pytest.approx(body["results"][0]["prob"], abs=1e-4)
    assert line["bank_checksum"] == body["bank_checksum"]
    assert line["latency_ms"] > 0
    assert (line["method"], line["path"], line["status"]) == ("POST", "/classify", 200)


def test_labels_are_the_configured_ones(client):
    """Labels and templates in file order, and the banks there are."""
    answer = client.get("/labels").json()
    config = REPO / "config"
    assert answer["labels"] == json.loads((config / "labels.json").read_text())["labels"]
    assert answer["templates"] == json.loads((config / "templates.json").read_text())["templates"]
    assert answer["num_labels"] == len(answer["labels"]) == 58
    assert answer["bank"] == "default"
    assert "default" in answer["banks"]


def test_info_names_model_device_precision_and_version(client, sample):
    """What the first service told of itself, and what answers are made with."""
    info = client.get("/info").json()
    assert info["version"] == __version__
    assert info["model"] == _classify(client, sample.read_bytes())["model"]
    assert info["precision"] in ("fp32", "fp16", "bf16")
    assert len(info["image"]["mean"]) == len(info["image"]["std"]) == 3
    assert info["banks"]["default"]["labels"] == 58
    assert info["banks"]["default"]["checksum"] == client.get("/labels").json()["checksum"]
    assert set(METRICS) <= info["metrics"].keys()


def test_info_says_that_the_small_embedded_checkpoint_serves(client):
    """Which one it is, that it comes with Framed, and how good its card says it is."""
    info = client.get("/info").json()
    assert (info["model"], info["embedded"]) == ("framed/mini", True)
    assert "small" in info["note"]
    card = (REPO / "config" / "models" / "mini" / "README.md").read_text(encoding="utf-8")
    assert f"Accuracy: {info['accuracy']}" in " ".join(card.split())


def test_healthz_is_the_first_services(client):
    """Exactly status, kind of device and whether the weights are fp16."""
    info = client.get("/info").json()
    assert client.get("/healthz").json() == {
        "status": "ok",
        "device": info["device"].split(":")[0],
        "fp16": info["precision"] == "fp16",
    }


def test_health_is_the_union_of_three_services(client):
    """The members that three older services gave, with true values."""
    health, info = client.get("/health").json(), client.get("/info").json()
    assert health["status"] == "healthy"
    assert health["model_status"] == "loaded"
    assert health["model_loaded"] is True
    assert health["model"] == info["model"]
    assert health["device"] == info["device"]
    assert health["cuda_available"] is info["device"].startswith("cuda")
    assert health["vram_used_gb"] >= 0
    assert health["embedding_size"] == health["embedding_dimension"] == info["embedding_dimension"]
    assert health["num_labels"] == info["banks"]["everyday"]["labels"] > 400


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_are_short(client, path):
    """A probe of a ready server answers ok."""
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", PROBES)
def test_head_is_get_without_a_body(client, path):
    """HEAD answers what GET does, and sends no body."""
    head, get = client.head(path), client.get(path)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]


def test_reload_reports_counts_and_checksums(client):
    """Counts, checksum before and after, and seconds, of the default bank and of each one."""
    for path in ("/reload", "/reload-labels"):
        answer = client.post(path).json()
        assert (answer["bank"], answer["labels"], answer["templates"]) == ("default", 58, 6)
        assert answer["checksum_before"] == answer["checksum"]
        assert answer["changed"] is False
        assert answer["seconds"] >= 0
        assert answer["checksum"] == answer["banks"]["default"]["checksum"]


def _assert_features(features: Mapping[str, Any]) -> None:
    assert list(features) == ["tech", "clip_labels", "detail", "warnings", "none_match"]
    assert set(METRICS) <= features["tech"].keys()
    for name, value in features["tech"].items():
        if value is None:
            assert features["warnings"][name], name
        else:
            assert isinstance(value, float | int), name
    assert len(features["clip_labels"]) == 5
    for each in features["clip_labels"]:
        assert list(each) == ["label", "confidence", "cosine_score", "match"]


def test_batch_keeps_every_field_as_it_was_written(client):
    """Each member stays in its place, each number as its text; only `features` comes on top."""
    answer, sent = _verbatim(_post_json(client, BATCH).text), _verbatim(BATCH)
    assert answer.without("artifacts") == sent.without("artifacts")
    assert [name for name, _ in answer] == [name for name, _ in sent]
    for item, artifact in zip(answer.member("artifacts"), sent.member("artifacts"), strict=True):
        assert item.without("features") == artifact.without("features")


def test_batch_gains_features(client):
    """Each artifact has the metrics and labels of the photo that its first address names."""
    items = _post_json(client, BATCH).json()["artifacts"]
    for item, name in zip(items, ("pier_sunset.jpg", "coffee.jpg"), strict=True):
        _assert_features(item["features"])
        alone = _post_json(client, json.dumps({"std_uri": name})).json()["features"]
        assert item["features"]["tech"] == pytest.approx(alone["tech"], abs=1e-6)
        assert item["features"]["detail"]["photo"] == alone["detail"]["photo"]
        assert "error" not in item


@pytest.mark.parametrize(
    ("addresses", "read"),
    [
        ({"original_uri": "cat.jpg", "std_uri": "coffee.jpg"}, "coffee.jpg"),
        ({"original_uri": "cat.jpg", "ranking_uri": "coffee.jpg"}, "coffee.jpg"),
        ({"std_uri": None, "ranking_uri": "", "original_uri": "cat.jpg"}, "cat.jpg"),
    ],
    ids=["std over original", "ranking over original", "the only one set"],
)
def test_first_address_that_is_set_is_read(client, roots, addresses, read):
    """std_uri, then ranking_uri, then original_uri; null and "" are not set."""
    item = _post_json(client, json.dumps({"artifacts": [addresses]})).json()["artifacts"][0]
    files = {"files": (roots / read).read_bytes()}
    expected = client.post("/features", files=files).json()["artifacts"][0]
    assert item["features"]["detail"]["photo"] == expected["features"]["detail"]["photo"]


def test_bare_artifact_answers_bare(client):
    """One artifact without a batch around it comes back as itself, enriched."""
    answer, sent = _verbatim(_post_json(client, BARE).text), _verbatim(BARE)
    assert answer.without("features") == sent
    assert answer[-1][0] == "features"
    _assert_features(_post_json(client, BARE).json()["features"])


def test_labels_may_be_plain_names(client):
    """`labels=names` gives the strings that the first pipeline read."""
    names = _post_json(client, BARE, labels="names").json()["features"]["clip_labels"]
    full = _post_json(client, BARE).json()["features"]["clip_labels"]
    assert names == [each["label"] for each in full]


def test_uploaded_photos_are_known_by_name(client, roots):
    """Files answer in their order, under their names."""
    photos = sorted(roots.glob("*.jpg"), reverse=True)
    sent = [("files", (photo.name, photo.read_bytes())) for photo in photos]
    answer = client.post("/features", files=sent).json()
    assert list(answer) == ["artifacts"]
    assert [item["filename"] for item in answer["artifacts"]] == [photo.name for photo in photos]
    for item in answer["artifacts"]:
        _assert_features(item["features"])


def test_empty_batch_is_answered(client):
    """No items in, no items out, all else kept."""
    assert _post_json(client, '{"artifacts": [], "n": 1.50}').text.replace(" ", "") == (
        '{"artifacts":[],"n":1.50}'
    )


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"photo_id": "x"}, "no_photo"),
        ({"photo_id": "x", "std_uri": 7}, "no_photo"),
        ({"original_uri": "not-there.jpg"}, "forbidden_path"),
        ({"original_uri": "/etc/passwd"}, "forbidden_path"),
        ({"original_uri": "../../../../etc/passwd"}, "forbidden_path"),
        ({"original_uri": "."}, "forbidden_path"),
        ({"original_uri": "a\0.jpg"}, "forbidden_path"),
        ({"original_uri": "\ud800.jpg"}, "forbidden_path"),
        ({"original_uri": "a" * 5000}, "forbidden_path"),
        ({"original_uri": "file://[x/a.jpg"}, "forbidden_path"),
        ({"original_uri": "http://[x/a.jpg"}, "forbidden_url"),
        ({"original_uri": "http://127.0.0.1:9/a.jpg"}, "forbidden_url"),
        ({"original_uri": "data:image/png;base64,@@"}, "invalid_base64"),
        ({"original_uri": "data:image/png;base64,aGVsbG8="}, "not_an_image"),
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_bad_item_costs_itself_only(client, sample, item, code):
    """An item that cannot be read carries its own error; its neighbours have their features."""
    good = {"std_uri": sample.name}
    body = json.dumps({"artifacts": [good, item, good]})
    first, bad, last = _post_json(client, body).json()["artifacts"]
    error = bad.pop("error")
    assert error.keys() == {"code", "message"}
    assert error["code"] == code
    assert bad == {**item, "features": None}
    _assert_features(first["features"])
    _assert_features(last["features"])


@pytest.mark.parametrize("item", [42, "text", None, True, [1, 2.50]], ids=str)
def test_item_that_is_no_object_is_kept(client, item):
    """What is no artifact comes back beside the reason."""
    (answer,) = _post_json(client, json.dumps({"artifacts": [item]})).json()["artifacts"]
    assert answer["artifact"] == item
    assert answer["features"] is None
    assert answer["error"]["code"] == "no_photo"


def test_batch_streams_its_items(client):
    """NDJSON: a line an item with its place, and a last line that says all are there."""
    answer = client.post(
        "/features",
        content=BATCH.replace("coffee.jpg", "not-there.jpg"),
        headers={"content-type": "application/json", "accept": "application/x-ndjson"},
    )
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    *lines, end = [json.loads(line) for line in answer.text.splitlines()]
    assert sorted(line["index"] for line in lines) == [0, 1]
    assert end.items() >= {"done": True, "count": 2, "failed": 1}.items()
    assert end["batch_id"] == "batch_20251017_105804"
    items = {line["index"]: line["artifact"] for line in lines}
    _assert_features(items[0]["features"])
    assert items[1]["error"]["code"] == "forbidden_path"
    sent = _verbatim(BATCH).member("artifacts")[0]
    (streamed,) = [
        line.member("artifact")
        for line in map(_verbatim, answer.text.splitlines()[:-1])
        if line.member("index") == "0"
    ]
    assert streamed.without("features") == sent


def test_batch_leaves_its_log_lines(client, server, sample):
    """Start, each item with the time of its stages, end with photos a second, and the request."""
    artifacts = [{"photo_id": "p1", "std_uri": sample.name}, {"photo_id": "p2"}]
    answer = _post_json(client, json.dumps({"artifacts": artifacts}))
    assert _only_log_line(server, answer).items() >= {"items": 2, "failed": 1}.items()
    said = {line["message"]: line for line in server.requests(answer.headers["x-request-id"])}
    assert {"batch started", "item", "batch finished"} <= said.keys()
    assert said["batch finished"]["photos_per_s"] > 0
    items = {
        line["photo"]: line
        for line in server.requests(answer.headers["x-request-id"])
        if line["message"] == "item"
    }
    assert items["p2"]["code"] == "no_photo"
    assert len(items["p1"]["topk_labels"]) == 5
    assert items["p1"]["stages_ms"].keys() >= {"decode", "clip", "technical"}
    assert all(each >= 0 for each in items["p1"]["stages_ms"].values())
