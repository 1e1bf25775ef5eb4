"""Two models behind one server: every route, both models, many clients, nothing mixed up."""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import Iterator
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

REQUESTS, CLIENTS = 500, 16
SECOND = "second"
DIMENSIONS = {"mini": 256, SECOND: 32}
TIMES = {"inference_time_ms", "processing_time", "request_id", "stages_ms", "seconds"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
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
        yield started


def asks(photo: bytes) -> list[tuple[Ask, str]]:
    """One request a route and model, and the model that must answer it."""
    text = base64.b64encode(photo).decode()
    both = ("mini", SECOND)
    baseline = [0.1 * n + 1 for n in range(DIMENSIONS[SECOND])]
    own = {"image": text, "labels": ["a cat", "a dog"]}
    chosen = [
        pair
        for model in both
        for pair in (
            (raw(f"classify {model}", f"/classify?model={model}", photo), model),
            (as_json(f"labels {model}", "/classify", {**own, "model": model}), model),
            (upload(f"features {model}", f"/features?model={model}", "files", photo), model),
            (
                upload(f"encode {model}", "/encode_image", "image", photo, model=model),
                model,
            ),
            (as_json(f"texts {model}", "/encode_text", {"texts": ["sea"], "model": model}), model),
            (as_json(f"openai {model}", "/v1/embeddings", {"input": "sea", "model": model}), model),
        )
    ]
    as_set = [
        (raw("classify", "/classify", photo), "mini"),
        (upload("encode", "/encode_image", "image", photo), SECOND),
        (as_json("texts", "/encode_text", {"texts": ["sea", "a dog"]}), SECOND),
        (as_json("embed", "/embed", {"image": text}), SECOND),
        (as_json("similarity", "/similarity", {"image": text, "text": "a cat"}), SECOND),
        (as_json("batch", "/batch-similarity", {"image": text, "texts": ["a", "b"]}), SECOND),
        (
            as_json("anomaly", "/anomaly-score", {"image": text, "baseline_embedding": baseline}),
            SECOND,
        ),
        (upload("analyze", "/analyze", "file", photo), "mini"),
    ]
    return chosen + as_set


def without_times(value: Any) -> Any:
    """The answer without what may differ between two of the same."""
    if isinstance(value, dict):
        return {key: without_times(each) for key, each in value.items() if key not in TIMES}
    return [without_times(each) for each in value] if isinstance(value, list) else value


def model_of(reply: Reply) -> str | None:
    """Which model an answer shows that it is of, as far as it does."""
    body, ask = reply.body, reply.ask.name.split()[0]
    if ask in ("classify", "labels"):
        return {"framed/mini": "mini", SECOND: SECOND}[body["model"]]
    if ask == "features":
        name = body["artifacts"][0]["features"]["detail"]["model"]
        return {"framed/mini": "mini", SECOND: SECOND}[name]
    rows = {
        "encode": lambda: body,
        "texts": lambda: body[0],
        "embed": lambda: body["embedding"],
        "openai": lambda: body["data"][0]["embedding"],
    }
    if ask not in rows:
        return None
    return next(name for name, length in DIMENSIONS.items() if length == len(rows[ask]()))


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
    for reply in crowd:
        name = reply.ask.name
        assert model_of(reply) in (None, wanted[name])
        one, other = without_times(reply.body), without_times(alone[name].body)
        assert not differences(one, other, 1e-3), name


def test_the_similarity_is_the_dot_product(server: RunningServer, sample: Path) -> None:
    """Of what `/embed` and `/encode_text` answer with the same model; a photo is like itself."""
    image = base64.b64encode(sample.read_bytes()).decode()
    with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
        embedding = client.post("/embed", json={"image": image}).json()["embedding"]
        (row,) = client.post("/encode_text", json={"texts": ["a pier"]}).json()
        similarity = client.post("/similarity", json={"image": image, "text": "a pier"}).json()
        asked = {"image": image, "baseline_embedding": embedding}
        anomaly = client.post("/anomaly-score", json=asked).json()
    dot = sum(one * other for one, other in zip(embedding, row, strict=True))
    assert similarity["similarity"] == pytest.approx(dot, abs=1e-5)
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
