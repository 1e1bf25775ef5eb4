"""Two models behind one server: every route, both models, many clients, nothing mixed up."""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clip.small_models import vit_config, write_model
from tests.server.load import (
    Ask,
    Reply,
    as_json,
    differences,
    failures,
    load_on,
    raw,
    upload,
)
from tests.server.running import RunningServer, running_server

REQUESTS, CLIENTS = 250, 16
SECOND = "second"
DIMENSIONS = {"mini": 256, SECOND: 32}
NAMES = {"framed/mini": "mini", SECOND: SECOND}  # of the answers -> of the requests
BANK_SECONDS = 120
LOG_SECONDS = 20  # until the last line of the log is written
TIMES = {"inference_time_ms", "processing_time", "request_id", "stages_ms", "seconds"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Iterator[RunningServer]:
    """The embedded model by default; the second one for the encoder and the embedding service."""
    folder = tmp_path_factory.mktemp("two")
    model = f"local-dir:{write_model(folder / SECOND, vit_config(224))}"
    env = {
        "FRAMED_MODELS": f"mini,{model}",
        "FRAMED_ENCODER_MODEL": model,
        "FRAMED_EMBED_MODEL": model,
        "FRAMED_FEATURE_CACHE": "False",
        "FRAMED_DEADLINE": "60",  # the first question of the second model waits for its export
        "FRAMED_ITEM_DEADLINE": "60",
    }
    with running_server(folder / "server", env=env) as started:
        for model in DIMENSIONS:
            assert started.wait_for(partial(is_whole, started, model, sample), BANK_SECONDS), (
                started.tail()
            )
        yield started


def is_whole(server: RunningServer, model: str, sample: Path) -> bool:
    """Whether a model has all that answers are made of: a server is ready before it has."""
    asked = {"bank": "everyday", "model": model, "top_k": 1}
    upload = {"file": sample.read_bytes()}
    answer = httpx.post(f"{server.url}/classify", params=asked, files=upload, timeout=60)
    return answer.status_code == 200 and "match_reason" not in answer.json()


def asks(photo: bytes) -> list[tuple[Ask, str]]:
    """One request a route and model, and the model that must answer it."""
    named = [(ask, model) for model in DIMENSIONS for ask in asks_naming(model, photo)]
    return named + asks_naming_none(photo)


def asks_naming(model: str, photo: bytes) -> list[Ask]:
    """A request a route, by each way in which `model` can be named there."""
    image = base64.b64encode(photo).decode()
    baseline = baseline_of(model)
    bodies: dict[str, tuple[str, dict[str, Any]]] = {
        "labels": ("/classify", {"image": image, "labels": ["a cat", "a dog"]}),
        "texts": ("/encode_text", {"texts": ["sea"]}),
        "openai": ("/v1/embeddings", {"input": "sea"}),
        "vision": ("/api/v1/vision/labels", {"id": "1", "images": [image]}),
        "embed": ("/embed", {"image": image}),
        "similarity": ("/similarity", {"image": image, "text": "a cat"}),
        "batch": ("/batch-similarity", {"image": image, "texts": ["a", "b"]}),
        "anomaly": ("/anomaly-score", {"image": image, "baseline_embedding": baseline}),
    }
    return [
        raw(f"classify {model}", f"/classify?model={model}", photo),
        upload(f"features {model}", f"/features?model={model}", "files", photo),
        upload(f"encode {model}", "/encode_image", "image", photo, model=model),
        upload(f"analyze {model}", f"/analyze?model={model}", "file", photo),
        upload(f"analyze-form {model}", "/analyze", "file", photo, model=model),
        *(
            as_json(f"{name} {model}", path, {**body, "model": model})
            for name, (path, body) in bodies.items()
        ),
    ]


def asks_naming_none(photo: bytes) -> list[tuple[Ask, str]]:
    """A request a route, with the model that is set for it."""
    image = base64.b64encode(photo).decode()
    baseline = baseline_of(SECOND)
    return [
        (raw("classify", "/classify", photo), "mini"),
        (upload("analyze", "/analyze", "file", photo), "mini"),
        (as_json("vision", "/api/v1/vision/labels", {"id": "1", "images": [image]}), "mini"),
        (upload("encode", "/encode_image", "image", photo), SECOND),
        (as_json("texts", "/encode_text", {"texts": ["sea", "a dog"]}), SECOND),
        (as_json("openai", "/v1/embeddings", {"input": "sea"}), SECOND),
        (as_json("embed", "/embed", {"image": image}), SECOND),
        (as_json("similarity", "/similarity", {"image": image, "text": "a cat"}), SECOND),
        (as_json("batch", "/batch-similarity", {"image": image, "texts": ["a", "b"]}), SECOND),
        (
            as_json("anomaly", "/anomaly-score", {"image": image, "baseline_embedding": baseline}),
            SECOND,
        ),
    ]


def baseline_of(model: str) -> list[float]:
    """Some direction, of as many numbers as the embeddings of `model` have."""
    return [0.1 * n + 1 for n in range(DIMENSIONS[model])]


def without_times(value: Any) -> Any:
    """The answer without what may differ between two of the same."""
    if isinstance(value, dict):
        return {key: without_times(each) for key, each in value.items() if key not in TIMES}
    return [without_times(each) for each in value] if isinstance(value, list) else value


def models_of(reply: Reply, logged: Mapping[str, str]) -> set[str]:
    """Each model that an answer shows that it is of: by log line, header, members and length."""
    body, headers, ask = reply.body, reply.headers, reply.ask.name.split()[0]
    names = {
        "classify": lambda: body["model"],
        "labels": lambda: body["model"],
        "features": lambda: body["artifacts"][0]["features"]["detail"]["model"],
        "vision": lambda: body["model"]["name"],
        "openai": lambda: body["model"],
    }
    rows = {
        "encode": lambda: body,
        "texts": lambda: body[0],
        "embed": lambda: body["embedding"],
        "openai": lambda: body["data"][0]["embedding"],
    }
    of_length = {length: name for name, length in DIMENSIONS.items()}
    shown = {NAMES[names[ask]()]} if ask in names else set()
    shown |= {of_length[len(rows[ask]())]} if ask in rows else set()
    shown |= {NAMES[headers["x-model"]]} if "x-model" in headers else set()
    return shown | ({logged[headers["x-request-id"]]} & set(DIMENSIONS))


def logged_models(server: RunningServer, replies: Sequence[Reply]) -> dict[str, str]:
    """Request id -> the model that the log names for it, "" where it names none."""
    rids = {reply.headers["x-request-id"] for reply in replies}

    def written() -> dict[str, str]:
        lines = {line.get("rid"): line for line in server.lines() if _ends_a_request(line)}
        if not rids <= lines.keys():
            return {}
        return {rid: NAMES.get(lines[rid].get("model"), "") for rid in rids}

    return server.wait_for(written, LOG_SECONDS)


def _ends_a_request(line: Mapping[str, Any]) -> bool:
    return bool(line["logger"] == "framed.request")


def test_many_clients_on_all_routes_get_the_model_they_asked_for(
    server: RunningServer, sample: Path
) -> None:
    """500 requests over all routes and both models, 16 clients: no failure, no mixed answer."""
    pairs = asks(sample.read_bytes())
    wanted = {ask.name: model for ask, model in pairs}
    order = [ask for ask, _ in pairs] * (REQUESTS // len(pairs) + 1)
    random.Random(4).shuffle(order)

    async def scenario() -> tuple[dict[str, Reply], list[Reply]]:
        async with load_on(server.url, CLIENTS) as load:
            alone = await load.send([ask for ask, _ in pairs], 1)
            return {reply.ask.name: reply for reply in alone}, await load.send(order, CLIENTS)

    alone, crowd = asyncio.run(scenario())
    assert not failures([*alone.values(), *crowd])
    assert len(crowd) >= REQUESTS
    logged = logged_models(server, crowd)
    for reply in crowd:
        name = reply.ask.name
        assert models_of(reply, logged) == {wanted[name]}, name
        one, other = without_times(reply.body), without_times(alone[name].body)
        assert not differences(one, other, 1e-3), name
    for name in ("analyze", "analyze-form"):  # whose answers do not name the model
        mini, second = (alone[f"{name} {model}"].body["predictions"] for model in DIMENSIONS)
        assert mini != second, name


@pytest.mark.parametrize("model", [None, *DIMENSIONS])
def test_the_similarity_is_the_dot_product(
    server: RunningServer, sample: Path, model: str | None
) -> None:
    """Of what `/embed` and `/encode_text` answer with the same model; a photo is like itself."""
    named = {} if model is None else {"model": model}
    image = {"image": base64.b64encode(sample.read_bytes()).decode(), **named}
    with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
        embedding = client.post("/embed", json=image).json()["embedding"]
        (row,) = client.post("/encode_text", json={"texts": ["a pier"], **named}).json()
        one = client.post("/similarity", json={**image, "text": "a pier"}).json()
        many = client.post("/batch-similarity", json={**image, "texts": ["a pier"]}).json()
        asked = {**image, "baseline_embedding": embedding}
        anomaly = client.post("/anomaly-score", json=asked).json()
    dot = sum(one * other for one, other in zip(embedding, row, strict=True))
    assert one["similarity"] == pytest.approx(dot, abs=1e-5)
    assert many["similarities"] == {"a pier": pytest.approx(dot, abs=1e-5)}
    assert anomaly["anomaly_score"] < 1e-3


def test_health_and_info_tell_of_both(server: RunningServer) -> None:
    """Dimensions of the models that answer, and what each of them holds and does."""
    with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
        client.post("/encode_text", json={"texts": ["load it"]})
        health, info = (client.get(path).json() for path in ("/health", "/info"))
    assert health["model"] == info["model"] == "framed/mini"
    assert (health["embedding_size"], health["embedding_dimension"]) == (32, 32)
    assert [each["preset"] for each in info["models"]] == ["mini", SECOND]
    assert {each["state"] for each in info["models"]} == {"ready"}
