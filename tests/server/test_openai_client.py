"""OpenAI's own Python client against the real server."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

openai = pytest.importorskip("openai", reason="the package openai is not installed")

TEXTS = ["a cup of coffee", "a pier at sunset", "a cat"]


@pytest.fixture(scope="module")
def asking(server) -> Iterator[Any]:
    """A client that asks this server; the key is one that nobody checks."""
    http = openai.DefaultHttpxClient(trust_env=False)
    with openai.OpenAI(
        base_url=f"{server.url}/v1", api_key="none", http_client=http, max_retries=0
    ) as made:
        yield made


def _uri(photo) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(photo.read_bytes()).decode()}"


def test_texts_are_those_of_encode_text(asking, client):
    """The client's default (base64) and floats give the same numbers."""
    expected = np.array(client.post("/encode_text", json={"texts": TEXTS}).json())
    for options in ({}, {"encoding_format": "float"}, {"encoding_format": "base64"}):
        answer = asking.embeddings.create(model="mini", input=TEXTS, **options)
        got = [each.embedding for each in answer.data]
        if options.get("encoding_format") == "base64":
            got = [np.frombuffer(base64.b64decode(each), "<f4") for each in got]
        np.testing.assert_allclose(got, expected, atol=1e-6)
    assert [each.index for each in answer.data] == [0, 1, 2]
    assert answer.usage.total_tokens > 0


def test_a_photo_is_found_by_words(asking, sample):
    """Photo and texts in one call; the nearest text is the right one."""
    answer = asking.embeddings.create(model="mini", input=[_uri(sample), *TEXTS], user="me")
    photo, *texts = (np.array(each.embedding) for each in answer.data)
    assert TEXTS[int(np.argmax(texts @ photo))] == "a pier at sunset"


def test_modality_as_infinity_has_it(asking, client, sample):
    """Sent along as an extra of the client; the vector is that of `/embed`."""
    answer = asking.embeddings.create(
        model="mini", input=[_uri(sample)], extra_body={"modality": "image"}
    )
    image = base64.b64encode(sample.read_bytes()).decode()
    expected = client.post("/embed", json={"image": image}).json()["embedding"]
    np.testing.assert_allclose(answer.data[0].embedding, expected, atol=1e-5)


def test_dimensions(asking):
    """The first ones at unit length."""
    (one,) = asking.embeddings.create(model="mini", input="a cat", dimensions=64).data
    assert len(one.embedding) == 64
    assert np.linalg.norm(one.embedding) == pytest.approx(1.0, abs=1e-5)


def test_who_answered(asking, client):
    """Model, revision and preprocessing are members of the answer."""
    answer = asking.embeddings.create(model="mini", input="a cat")
    info = client.get("/info").json()
    assert (answer.model, answer.revision) == (info["model"], info["revision"])
    assert len(answer.preprocessing) == 16


def test_models_are_listed(asking):
    """Each by the name to ask for, one by one as well."""
    (model,) = asking.models.list().data
    assert (model.id, model.object) == ("mini", "model")
    assert asking.models.retrieve("mini") == model
    with pytest.raises(openai.NotFoundError, match="there is mini"):
        asking.models.retrieve("gpt-4")


def test_an_unknown_model_is_the_clients_not_found(asking):
    """With our words in its message."""
    with pytest.raises(openai.NotFoundError, match="text-embedding-3-small") as refused:
        asking.embeddings.create(model="text-embedding-3-small", input="a cat")
    assert refused.value.body["code"] == "unknown_model"


@pytest.mark.parametrize("given", [[1, 2, 3], [[1, 2], [3]], "", []])
def test_what_cannot_be_embedded_is_the_clients_bad_request(asking, given):
    """Tokens of another model's tokenizer among it, which some libraries send."""
    with pytest.raises(openai.BadRequestError):
        asking.embeddings.create(model="mini", input=given)
