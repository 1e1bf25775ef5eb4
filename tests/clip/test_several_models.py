"""Several models under one ClipRunner: each question answered by the model it names."""

from __future__ import annotations

import asyncio
import gc
import shutil
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from framed.errors import Code, FramedError
from framed.questions import RankQuestion
from framed.results import ModelState
from runners.clip import core as core_module
from runners.clip.core import ClipCore
from runners.clip.hosted import host
from runners.clip.kept_where import group_file
from tests.clip.small_models import vit_config, write_model
from tests.clip.test_core import ask, refusal, settings_of, square

BOTH = ("mini", "other")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with a second, random model in it."""
    place = tmp_path_factory.mktemp("models")
    write_model(place / "other", vit_config(224))
    return place


def serving(folder: Path, **changes: Any) -> ClipCore:
    """The embedded model and the other one, the embedded one first."""
    models = ("mini", f"local-dir:{folder / 'other'}")
    core = ClipCore(settings_of(folder, models=models, engine="torch", **changes))
    core.wait()
    return core


@pytest.fixture(scope="module")
def core(folder: Path) -> ClipCore:
    return serving(folder)


def alone(folder: Path, word: str) -> ClipCore:
    one = ClipCore(settings_of(folder, model=word, engine="torch"))
    one.wait()
    return one


def states(core: ClipCore) -> dict[str, ModelState]:
    return {state.words[0]: state for state in ask(core.describe()).models}


def test_each_gives_the_embeddings_that_it_gives_alone(core: ClipCore, folder: Path) -> None:
    """Photos, words and ranks of two models side by side are those of two servers."""
    for name, word in zip(BOTH, ("mini", f"local-dir:{folder / 'other'}"), strict=True):
        one = alone(folder, word)
        for method, given in (("encode_image", square()), ("encode_texts", ["a dog", "sea"])):
            both = ask(getattr(core, method)(given, name))
            np.testing.assert_allclose(both, ask(getattr(one, method)(given)), atol=1e-6)
        question = RankQuestion(match=False)  # what it is held against may still be on its way
        ranked = ask(core.rank(square(), question, name))
        assert ranked.results == ask(one.rank(square(), question)).results


def test_none_is_the_first(core: ClipCore) -> None:
    """A question that names no model is the default one's."""
    np.testing.assert_array_equal(
        ask(core.encode_image(square())), ask(core.encode_image(square(), "mini"))
    )
    assert ask(core.describe()).model == ask(core.describe("MINI")).model == "mini"


def test_questions_to_both_at_once_do_not_mix(core: ClipCore) -> None:
    """A crowd of questions gets each its own model's answer."""
    wanted = {name: ask(core.encode_image(square(), name)) for name in BOTH}

    async def crowd() -> list[Any]:
        return await asyncio.gather(*(core.encode_image(square(), BOTH[n % 2]) for n in range(60)))

    for number, answer in enumerate(asyncio.run(crowd())):
        np.testing.assert_allclose(answer, wanted[BOTH[number % 2]], atol=1e-5)


def test_each_has_its_own_banks(core: ClipCore) -> None:
    """The same files, other vectors: the checksums differ, and a reload serves both."""
    one, other = (ask(core.bank(None, name)) for name in BOTH)
    assert one.labels == other.labels
    assert one.checksum != other.checksum
    shutil.rmtree(core._settings.config_dir / "banks" / "broken", ignore_errors=True)
    reports = ask(core.reload("default"))
    assert [(report.model, report.checksum) for report in reports] == [
        ("mini", one.checksum),
        ("other", other.checksum),
    ]
    assert [report.model for report in ask(core.reload("default", "other"))] == ["other"]


def test_an_unknown_model_is_refused_with_the_nearest_name(core: ClipCore) -> None:
    """A typing slip is told what was meant, a stranger what is served; neither loads anything."""
    slip = refusal(core.encode_image(square(), "minni"))
    assert (slip.code, "did you mean 'mini'" in slip.message) == (Code.UNKNOWN_MODEL, True)
    stranger = refusal(core.rank(square(), RankQuestion(), "ViT-B/32"))
    assert "serves mini, other" in stranger.message


def test_a_second_model_is_loaded_when_it_is_asked_for(folder: Path) -> None:
    """Not before; the first question waits for it and is answered."""
    core = serving(folder)
    before = states(core)
    assert (before["mini"].state, before["other"].state) == ("ready", "unloaded")
    assert before["other"].embedding_dim == len(ask(core.encode_image(square(), "other")))
    after = states(core)
    assert (after["other"].state, after["other"].photos) == ("ready", 1)
    assert after["mini"].photos == 0


def test_preloaded_means_loaded_before_anyone_asks(folder: Path) -> None:
    """All of them, the default one first."""
    core = serving(folder, preload=True)
    core._slots[1].wait()
    assert {state.state for state in states(core).values()} == {"ready"}


def test_what_is_to_be_preloaded_is_waited_for(folder: Path, slow_second: Event) -> None:
    """A probe is told that it is ready when every model is."""
    core = serving(folder, preload=True)
    assert ask(core.describe()).warmed is False
    slow_second.set()
    core._slots[1].wait()
    assert ask(core.describe()).warmed is True


@pytest.fixture
def slow_second(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """The second model is there once this event is set."""
    opened = Event()

    def waiting(files: Any, settings: Any) -> Any:
        assert files.name == "mini" or opened.wait(60)
        return host(files, settings)

    monkeypatch.setattr(core_module, "host", waiting)
    yield opened
    opened.set()


def test_a_model_that_takes_too_long_is_not_ready_and_goes_on_loading(
    folder: Path, slow_second: Event
) -> None:
    """503 with the seconds to wait, while the first model answers; later it is there."""
    core = serving(folder, deadline=0.2)
    late = refusal(core.encode_image(square(), "other"))
    assert (late.code, late.retry_after) == (Code.NOT_READY, 2)
    assert states(core)["other"].state == "loading"
    ask(core.encode_image(square()))
    slow_second.set()
    core._slots[1].wait()
    ask(core.encode_image(square(), "other"))


def test_a_model_that_cannot_be_costs_only_its_own_questions(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default one is ready; the reason stays inside, and a minute later it is tried again."""
    broken = folder / "broken"
    shutil.copytree(folder / "other", broken, dirs_exist_ok=True)
    weights = broken / "open_clip_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    models = ("mini", f"local-dir:{broken}")
    core = ClipCore(settings_of(folder, models=models, engine="torch"))
    core.wait()
    refused = refusal(core.encode_image(square(), "broken"))
    assert (refused.code, "cannot be used" in refused.message) == (Code.NOT_READY, False)
    assert (states(core)["broken"].state, ask(core.describe()).state) == ("failed", "ready")
    shutil.copy(folder / "other" / weights.name, weights)
    with pytest.raises(FramedError):
        ask(core.encode_image(square(), "broken"))
    monkeypatch.setattr("runners.clip.slot.RETRY_SECONDS", 0.0)
    assert len(ask(core.encode_image(square(), "broken"))) == states(core)["broken"].embedding_dim


def test_an_idle_model_is_unloaded_and_comes_back(folder: Path) -> None:
    """Its memory is given back, the default one stays, and the next question loads it again."""
    core = serving(folder, model_idle=0.2)
    first = ask(core.encode_image(square(), "other"))
    engine = weakref.ref(core._slots[1].wait().open.engine)
    end = time.monotonic() + 30
    while states(core)["other"].state != "unloaded" and time.monotonic() < end:
        time.sleep(0.05)
    gc.collect()
    assert engine() is None
    assert states(core)["mini"].state == "ready"
    np.testing.assert_allclose(ask(core.encode_image(square(), "other")), first, atol=1e-6)


def test_what_was_preloaded_may_leave_again(folder: Path) -> None:
    """An idle model that is unloaded is no fault: the server stays ready."""
    core = serving(folder, preload=True, model_idle=0.2)
    core._slots[1].wait()
    end = time.monotonic() + 30
    while states(core)["other"].state != "unloaded" and time.monotonic() < end:
        time.sleep(0.05)
    assert states(core)["other"].state == "unloaded"
    assert ask(core.describe()).warmed is True


def test_a_reload_reaches_a_model_that_is_loading(folder: Path, slow_second: Event) -> None:
    """It may have read the old files already: it reads them again once it is there."""
    core = serving(folder, deadline=0.2)
    refusal(core.encode_image(square(), "other"))

    async def scenario() -> list[str]:
        reload = asyncio.create_task(core.reload("default"))
        await asyncio.sleep(0.1)
        assert not reload.done()
        slow_second.set()
        return [report.model for report in await reload]

    assert asyncio.run(scenario()) == ["mini", "other"]


def test_a_reload_reaches_a_model_that_only_another_replica_has_loaded(folder: Path) -> None:
    """Who has it loaded reads the files again; who is asked does not load it for that."""
    other = serving(folder, replica_group="g", preload=True)
    asked = serving(folder, replica_group="g")
    file = group_file("other", settings_of(folder, replica_group="g"))
    assert file is not None
    ask(asked.reload("default"))
    assert states(asked)["other"].state == "unloaded"
    end = time.monotonic() + 30
    while not (state := file.read()).banks and time.monotonic() < end:
        time.sleep(0.05)
    assert state.banks["default"].checksum == ask(other.bank("default", "other")).checksum


def test_a_model_in_use_is_never_unloaded(core: ClipCore) -> None:
    """However long the question takes."""

    async def scenario() -> bool:
        async with core._slots[1].use():
            return core._slots[1].unload_if_idle(0.0)

    assert asyncio.run(scenario()) is False
    assert core._slots[1].is_loaded


def test_two_names_of_one_model_are_one(folder: Path) -> None:
    """The encoder's and the embedding service's models are served beside the others, once each."""
    other = f"local-dir:{folder / 'other'}"
    settings = settings_of(folder, model="mini", encoder_model="MINI", embed_model=other)
    assert settings.served_models == ("mini", "MINI", other)
    core = ClipCore(settings)
    core.wait()
    assert [*states(core)] == ["mini", "other"]
