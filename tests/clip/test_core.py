"""The ClipRunner's core over real models: ranking, banks, texts, and every state it can be in."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import numpy as np
import pytest
import torch

from framed.answers.classify import Classify
from framed.answers.looking import Looker
from framed.answers.model import ServedModel
from framed.errors import Code, FramedError, StartupError
from framed.imaging.pool import DecodePool
from framed.photo import Pixels
from framed.questions import MAX_TOP_K, ClassifyQuestion, RankQuestion
from framed.results import Classification, Ranking
from framed.settings import Settings
from framed.turns.turns import Turns
from runners.clip import core as core_module
from runners.clip.core import ClipCore
from runners.clip.hosted import host
from tests.clip.small_models import vit_config, write_model
from tests.fakes import chosen
from tests.photos import photo

CONFIG = Path(__file__).parents[2] / "config"
OPENVINO = platform.machine() in ("x86_64", "AMD64")
T = TypeVar("T")


def square(size: int = 224, seed: int = 1) -> Pixels:
    """A picture of smooth colours."""
    down, right = np.mgrid[0:size, 0:size] / size
    planes = [down * seed / 7, right, (down + right) / 2]
    return (np.stack(planes, axis=-1) % 1 * 255).astype(np.uint8)


def config_of(folder: Path) -> Path:
    """A configuration with few labels, so that banks are built in no time."""
    banks = {
        folder: (["dog", "sea", "night"], ["a photo of a {}", "the {}"]),
        folder / "banks" / "landmarks": (["tower", "bridge"], ["a {}"]),
        folder / "banks" / "broken": (["twice", "twice"], ["a {}"]),
    }
    for where, (labels, templates) in banks.items():
        where.mkdir(parents=True, exist_ok=True)
        (where / "labels.json").write_text(json.dumps({"labels": labels}))
        (where / "templates.json").write_text(json.dumps({"templates": templates}))
    shutil.copy(CONFIG / "models.json", folder)
    if not (folder / "models").exists():
        (folder / "models").symlink_to(CONFIG / "models")
    return folder


def settings_of(folder: Path, **changes: Any) -> Settings:
    """The embedded model over `folder`'s own configuration and cache."""
    config = config_of(folder / "config")
    own = {
        "config_dir": config,
        "cache_dir": folder / "cache",
        "engine_cache": Path(os.environ["FRAMED_ENGINE_CACHE"]),
        "threads": 1,
        "device": "cpu",
    }
    return chosen(**{**own, **changes})


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> ClipCore:
    """The embedded model with all its banks on the shelf."""
    ready = ClipCore(settings_of(tmp_path_factory.mktemp("core")))
    ready.wait()
    return ready


def ask(question: Awaitable[T]) -> T:
    async def once() -> T:
        return await question

    return asyncio.run(once())


def rank(core: ClipCore, **question: Any) -> Ranking:
    return ask(core.rank(square(), RankQuestion(**question)))


def refusal(question: Awaitable[Any]) -> FramedError:
    with pytest.raises(FramedError) as refused:
        ask(question)
    return refused.value


def test_a_photo_is_ranked_by_hand_and_by_the_core_alike(core: ClipCore) -> None:
    """Cosines with the mean of each label's prompts, softmax over them, best first."""
    ranking = rank(core, temperature=0.02)
    rows = []
    for label in ("dog", "sea", "night"):
        mean = ask(core.encode_texts([f"a photo of a {label}", f"the {label}"])).mean(axis=0)
        rows.append(mean / np.linalg.norm(mean))
    cosines = np.array(rows) @ ask(core.encode_image(square()))
    shares = np.exp(cosines / 0.02) / np.exp(cosines / 0.02).sum()
    order = np.argsort(-cosines)
    labels = np.array(["dog", "sea", "night"])
    assert [each.label for each in ranking.results] == list(labels[order])
    np.testing.assert_allclose([each.score for each in ranking.results], cosines[order], atol=1e-5)
    np.testing.assert_allclose([each.prob for each in ranking.results], shares[order], atol=1e-3)
    assert (ranking.bank, ranking.top_k, ranking.every) == ("default", 3, None)


def test_the_checksum_is_that_of_the_bank(core: ClipCore) -> None:
    """An answer names what it was ranked against."""
    assert rank(core).bank_checksum == ask(core.bank(None)).checksum
    there = rank(core, bank="landmarks")
    assert (there.bank, there.bank_checksum) == ("landmarks", ask(core.bank("landmarks")).checksum)
    assert {each.label for each in there.results} == {"tower", "bridge"}


def test_top_k_is_held_within_bounds_and_said(core: ClipCore) -> None:
    """Between one and the number of labels, at most ten; what was asked stands beside."""
    ranking = rank(core, top_k=99)
    assert (len(ranking.results), ranking.top_k) == (3, 3)
    assert [(each.asked, each.used) for each in ranking.adjusted] == [(99, 3)]
    assert len(rank(core, top_k=2).results) == 2
    many = rank(core, top_k=99, labels=tuple(f"label {n}" for n in range(30)))
    assert len(many.results) == MAX_TOP_K
    assert len(many.every or ()) == 30


def test_a_weak_best_label_is_unsure(core: ClipCore) -> None:
    """Below the threshold one result stands, with the best's own figures."""
    best = rank(core, temperature=1.0).results[0]
    (unsure,) = rank(core, temperature=1.0, threshold=0.9).results
    assert (unsure.label, unsure.prob, unsure.score) == ("unsure", best.prob, best.score)


def test_own_labels_raw_or_through_the_banks_templates(core: ClipCore) -> None:
    """Raw is the words as they stand; `bank` equals a bank of the same labels."""
    image = ask(core.encode_image(square()))
    raw = rank(core, labels=("dog", "sea"))
    rows = ask(core.encode_texts(["dog", "sea"]))
    assert raw.every is not None
    np.testing.assert_allclose([each.score for each in raw.every], rows @ image, atol=1e-5)
    dressed = rank(core, labels=("dog", "sea", "night"), templates="bank")
    banked = {each.label: each.score for each in rank(core).results}
    assert dressed.every is not None
    for each in dressed.every:
        assert each.score == pytest.approx(banked[each.label], abs=1e-6)
    assert raw.bank is None
    assert raw.bank_checksum != dressed.bank_checksum


def test_own_labels_through_another_banks_templates(core: ClipCore) -> None:
    """The bank that is named lends its templates, not its labels."""
    named = rank(core, labels=("dog",), templates="bank", bank="landmarks")
    plain = ask(core.encode_texts(["a dog"])) @ ask(core.encode_image(square()))
    assert named.results[0].score == pytest.approx(float(plain[0]), abs=1e-5)


@pytest.mark.parametrize(
    "question", [{"bank": "nope"}, {"labels": ("a",), "templates": "bank", "bank": "nope"}]
)
def test_an_unknown_bank_is_refused(core: ClipCore, question: dict[str, Any]) -> None:
    """Whether its labels or its templates are wanted."""
    refused = refusal(core.rank(square(), RankQuestion(**question)))
    assert refused.code is Code.UNKNOWN_BANK


def test_texts_keep_order_and_repeats(core: ClipCore) -> None:
    """A unit row for each text, the same for the same text, whatever was encoded before."""
    rows = ask(core.encode_texts(["sea", "dog", "sea", "a much longer text about a dog at sea"]))
    assert len(rows) == 4
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(rows[0], rows[2])
    np.testing.assert_array_equal(ask(core.encode_texts(["dog"]))[0], rows[1])
    assert abs(float(rows[0] @ rows[1])) < 0.999


def test_a_photo_is_the_same_alone_and_among_others(core: ClipCore) -> None:
    """What waits together is encoded together, and changes nothing."""
    alone = [ask(core.encode_image(square(seed=seed))) for seed in range(1, 7)]

    async def together() -> list[Any]:
        return await asyncio.gather(*(core.encode_image(square(seed=n)) for n in range(1, 7)))

    np.testing.assert_allclose(asyncio.run(together()), alone, atol=1e-5)


def test_a_square_of_another_size_is_an_error_of_its_own(core: ClipCore) -> None:
    """It costs its caller an error and nobody else anything."""

    async def together() -> list[Any]:
        wrong = core.encode_image(square(64))
        right = core.encode_image(square())
        return [*await asyncio.gather(wrong, right, return_exceptions=True)]

    wrong, right = asyncio.run(together())
    assert isinstance(wrong, FramedError)
    assert wrong.code is Code.INTERNAL
    np.testing.assert_allclose(right, ask(core.encode_image(square())), atol=1e-6)


def test_it_describes_itself(core: ClipCore) -> None:
    """The model's facts, how its square is cut, and the banks that are good."""
    facts = ask(core.describe())
    assert (facts.state, facts.model, facts.warmed) == ("ready", "mini", True)
    assert (facts.engine, facts.device, facts.threads) == (
        ("openvino" if OPENVINO else "torch"),
        "cpu",
        1,
    )
    assert facts.sizes == tuple(spec.size for spec in facts.squares) == (224,)
    assert facts.embedding_dim == len(ask(core.encode_image(square())))
    assert [bank.name for bank in facts.banks] == ["default", "landmarks"]
    assert facts.reason is None


def test_a_bank_that_is_broken_leaves_the_others(core: ClipCore) -> None:
    """One bad folder among the banks does not keep the model from serving."""
    refused = refusal(core.bank("broken"))
    assert (refused.code, "refused" in refused.message) == (Code.UNKNOWN_BANK, True)
    assert refusal(core.reload("broken")).code is Code.INVALID_BANK
    assert refusal(core.reload(None)).details == {
        "reloaded": ["default", "landmarks"],
        "refused": ["broken"],
    }
    assert ask(core.bank(None)).labels == ("dog", "sea", "night")


def test_reload_serves_the_new_bank(
    core: ClipCore, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """From the next question on; the report says what changed."""
    file = core._settings.config_dir / "banks" / "landmarks" / "labels.json"
    before = file.read_text()
    file.write_text(json.dumps({"labels": ["tower", "bridge", "dome"]}))
    try:
        (report,) = ask(core.reload("landmarks"))
        assert (report.labels, report.encoded_prompts) == (3, 1)
        assert "dome" in {each.label for each in rank(core, bank="landmarks").results}
    finally:
        file.write_text(before)
        ask(core.reload("landmarks"))


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Loading waits for this event."""
    opened = Event()

    def waiting(*place: Any) -> Any:
        assert opened.wait(60)
        return host(*place)

    monkeypatch.setattr(core_module, "host", waiting)
    yield opened
    opened.set()


QUESTIONS: dict[str, Callable[[ClipCore], Awaitable[Any]]] = {
    "rank": lambda core: core.rank(square(), RankQuestion()),
    "encode_image": lambda core: core.encode_image(square()),
    "encode_texts": lambda core: core.encode_texts(["a"]),
    "reload": lambda core: core.reload(None),
    "bank": lambda core: core.bank(None),
}


def test_while_it_loads_it_says_so(held: Event, tmp_path: Path) -> None:
    """Every question is `not_ready` with the seconds to wait; then every one is answered."""
    settings = settings_of(tmp_path)
    shutil.rmtree(settings.config_dir / "banks" / "broken")
    core = ClipCore(settings)
    assert ask(core.describe()).state == "loading"
    for question in QUESTIONS.values():
        refused = refusal(question(core))
        assert (refused.code, refused.retry_after) == (Code.NOT_READY, 2)
    held.set()
    core.wait()
    assert ask(core.describe()).state == "ready"
    for question in QUESTIONS.values():
        ask(question(core))


def absent_model(folder: Path) -> Settings:
    return settings_of(folder, model="no-such-model")


def damaged_model(folder: Path) -> Settings:
    model = folder / "damaged"
    shutil.copytree(CONFIG / "models" / "mini", model)
    weights = model / "open_clip_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    return settings_of(folder, model=f"local-dir:{model}")


def bad_default_bank(folder: Path) -> Settings:
    settings = settings_of(folder)
    (settings.config_dir / "labels.json").write_text('{"labels": ["dog", "dog"]}')
    return settings


def test_texts_wait_for_no_reload(core: ClipCore, monkeypatch: pytest.MonkeyPatch) -> None:
    """While reloads hang, words and own labels are answered; a reload has a thread of its own."""
    loaded, go_on = core._slots[0].wait(), Event()

    def hanging(name: str | None) -> tuple[()]:
        assert go_on.wait(60)
        return ()

    monkeypatch.setattr(loaded.shelf, "reload", hanging)

    async def scenario() -> None:
        reloads = [asyncio.create_task(core.reload(None)) for _ in range(40)]
        await core.encode_texts(["words that nobody sent before"])
        await core.rank(square(), RankQuestion(labels=("nobody", "sent", "these")))
        go_on.set()
        await asyncio.gather(*reloads)

    asyncio.run(scenario())


def unknown_default_bank(folder: Path) -> Settings:
    return settings_of(folder, default_bank="nope")


def absent_device(folder: Path) -> Settings:
    return settings_of(folder, device="cuda:99")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (absent_model, "no-such-model"),
        (damaged_model, "cannot be used"),
        (absent_device, "cuda:99"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_cannot_serve_says_why(
    settings: Callable[[Path], Settings], words: str, tmp_path: Path
) -> None:
    """State and reason are in its facts; callers are told to come back, and not the reason."""
    core = ClipCore(settings(tmp_path))
    with pytest.raises(StartupError, match=words):
        core.wait()
    facts = ask(core.describe())
    assert (facts.state, facts.model) == ("failed", "")
    assert words in (facts.reason or "")
    for question in QUESTIONS.values():
        refused = refusal(question(core))
        assert refused.code is Code.NOT_READY
        assert refused.retry_after
        assert words not in refused.message
        assert "model" in refused.message


@pytest.mark.parametrize(
    ("settings", "words"),
    [(bad_default_bank, "already on line"), (unknown_default_bank, "nope")],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_bad_default_bank_costs_only_what_needs_it(
    settings: Callable[[Path], Settings], words: str, tmp_path: Path
) -> None:
    """It is not ready and blames the bank; photos, words and other banks are served."""
    core = ClipCore(settings(tmp_path))
    with pytest.raises(StartupError, match=words):
        core.wait()
    facts = ask(core.describe())
    assert (facts.state, facts.model) == ("failed", "mini")
    assert words in (facts.reason or "")
    for needs_it in (core.bank(None), core.rank(square(), RankQuestion())):
        refused = refusal(needs_it)
        assert (refused.code, refused.retry_after) == (Code.NOT_READY, 60)
        assert "bank" in refused.message
        assert "model" not in refused.message
    assert rank(core, bank="landmarks").bank == "landmarks"
    assert len(rank(core, labels=("dog", "sea")).results) == 2
    assert ask(ServedModel(core).facts()).embedding_dim == len(ask(core.encode_image(square())))


def test_a_reload_mends_a_bad_default_bank(tmp_path: Path) -> None:
    """The files are mended, one bank or all are read again, and it is ready without a restart."""
    settings = bad_default_bank(tmp_path)
    core = ClipCore(settings)
    with pytest.raises(StartupError):
        core.wait()
    assert refusal(core.reload(None)).code is Code.INVALID_BANK
    assert ask(core.describe()).state == "failed"
    (settings.config_dir / "labels.json").write_text('{"labels": ["dog", "cat"]}')
    ask(core.reload("default"))
    facts = ask(core.describe())
    assert (facts.state, facts.reason) == ("ready", None)
    assert len(rank(core).results) == 2


def test_a_surprise_while_loading_is_a_reason_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug does not leave the model loading forever."""

    def broken(*place: Any) -> Any:
        raise ZeroDivisionError("unforeseen")

    monkeypatch.setattr(core_module, "host", broken)
    core = ClipCore(settings_of(tmp_path))
    with pytest.raises(StartupError, match="ZeroDivisionError: unforeseen"):
        core.wait()
    assert "Traceback" in caplog.text


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> ClipCore:
    """A random vision transformer that looks at 224 and at 336."""
    folder = tmp_path_factory.mktemp("large")
    model = write_model(folder / "vit", vit_config(336))
    ready = ClipCore(settings_of(folder, model=f"local-dir:{model}", engine="torch"))
    ready.wait()
    return ready


def short_at(core: ClipCore, monkeypatch: pytest.MonkeyPatch, *sides: int) -> list[tuple[int, int]]:
    """Memory runs out at these sides; what the model was given is noted as (photos, side)."""
    engine: Any = core._slots[0].wait().open.engine
    saw: list[tuple[int, int]] = []
    encode = engine._encode_squares

    def encode_squares(batch: Pixels) -> Any:
        saw.append((len(batch), batch.shape[1]))
        if batch.shape[1] in sides:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return encode(batch)

    monkeypatch.setattr(engine, "_encode_squares", encode_squares)
    return saw


def classify(core: ClipCore, **question: Any) -> Classification:
    pool = DecodePool(1, 64)
    answers = Classify(core, ServedModel(core), Looker(pool, 10), Turns(8, 60.0))
    try:
        return ask(answers.answer(photo(), ClassifyQuestion(**question)))
    finally:
        pool.close()


def test_short_memory_is_a_refusal_of_its_own(
    large: ClipCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single photo that does not fit is `out_of_memory`, tried once, and to be tried later."""
    saw = short_at(large, monkeypatch, 336)
    refused = refusal(large.rank(square(336), RankQuestion()))
    assert (refused.code, refused.status) == (Code.OUT_OF_MEMORY, 503)
    assert refused.retry_after
    assert saw == [(1, 336)]


def test_short_memory_is_answered_at_the_smaller_size(
    large: ClipCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is that of 224, and says so; once there is memory it is 336 again."""
    usual, small = classify(large), classify(large, size=224)
    assert (usual.size, usual.oom_fallback) == (336, False)
    with monkeypatch.context() as short:
        saw = short_at(large, short, 336)
        found = classify(large)
    assert (found.size, found.oom_fallback) == (224, True)
    assert saw == [(1, 336), (1, 224)]
    assert found.ranking.results == small.ranking.results
    assert classify(large).ranking.results == usual.ranking.results


def test_short_memory_at_both_sizes_ends_there(
    large: ClipCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two attempts and a refusal; the core serves on."""
    with monkeypatch.context() as short:
        saw = short_at(large, short, 224, 336)
        with pytest.raises(FramedError) as refused:
            classify(large)
    assert refused.value.code is Code.OUT_OF_MEMORY
    assert saw == [(1, 336), (1, 224)]
    assert classify(large).size == 336
