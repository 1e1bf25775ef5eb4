"""The core: every metric alone, a bounded queue, and readiness that was earned."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import os
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from framed.errors import Code, FramedError
from framed.photo import GREY_PREVIEW, LUMA, PlaneName
from framed.results import Measurements
from runners.technical.core import MAX_WAITING, TechnicalCore
from runners.technical.metrics import METRICS, Metric, Picture, Reading, no_reading, noise
from tests.technical import pictures
from tests.technical.pictures import Grey


@pytest.fixture
def core() -> Iterator[TechnicalCore]:
    """A core with two threads."""
    core = TechnicalCore(2)
    yield core
    core.close()


def metric(name: str, function: object, *, view: str = "grey_preview") -> Metric:
    """An entry like those of the table, around a function of the test's own."""
    like = METRICS[0]
    return dataclasses.replace(like, name=name, function=function, view=view)  # type: ignore[arg-type]  # faults are wanted


USUAL = [entry for entry in METRICS if not entry.on_request]
USUAL_WARNINGS = {"motion": "no_texture"}  # of the drawn hills, which have no direction


def _all(measured: Measurements) -> list[tuple[str, float | None]]:
    """Every number by name, the hint among the details included."""
    return [*measured.values.items(), ("motion", measured.detail.get("motion", {}).get("strength"))]


def planes(grey: Grey) -> dict[PlaneName, Grey]:
    """A grey photo so small that each of its planes is the photo itself."""
    return {GREY_PREVIEW: grey, LUMA: grey}


def broken(grey: Grey) -> Reading:
    raise ZeroDivisionError("a bug in a metric")


def test_measures_every_metric_in_table_order(core: TechnicalCore) -> None:
    """A picture gets all metrics, in the order of the table, each with its detail."""
    measured = asyncio.run(core.measure(planes(pictures.hills())))
    names = [(metric.name, *metric.extras) for metric in USUAL if metric.headline]
    assert list(measured.values) == [name for each in names for name in each]
    assert list(measured.detail["exposure"]) == ["p1", "p50", "p99", "clip_low", "clip_high"]
    assert set(measured.warnings) == {name for name, value in _all(measured) if value is None}


def test_values_are_those_of_the_metrics(core: TechnicalCore) -> None:
    """The core adds nothing and takes nothing: its values are the metrics' own."""
    hills = pictures.hills()
    measured = asyncio.run(core.measure(planes(hills)))
    alone = {entry.name: entry.function(Picture(hills)) for entry in USUAL}
    for name, reading in alone.items():
        assert measured.values.get(name, reading.value) == reading.value
        assert measured.detail.get(name, {}) == reading.detail
        assert measured.warnings.get(name) == reading.reason


def test_one_pixel_has_exposure_only(core: TechnicalCore) -> None:
    """What cannot be known of a tiny picture is null with a reason; the rest is answered."""
    measured = asyncio.run(core.measure(planes(pictures.flat(128, 1, 1))))
    assert measured.values["exposure"] == pytest.approx(0.498039, abs=1e-6)
    assert measured.warnings["sharpness"] == measured.warnings["noise"] == "too_small"
    assert "exposure" not in measured.warnings


@pytest.mark.parametrize("place", range(len(METRICS) + 1))
def test_broken_metric_costs_only_itself(place: int, caplog: pytest.LogCaptureFixture) -> None:
    """Wherever a metric fails, it alone is null, and the trace is in the log."""
    table = [*METRICS[:place], metric("broken", broken), *METRICS[place:]]
    core = TechnicalCore(1, metrics=table)
    with caplog.at_level(logging.ERROR):
        measured = asyncio.run(core.measure(planes(pictures.hills())))
    core.close()
    assert [name for name, value in measured.values.items() if value is None] == ["broken"]
    assert measured.warnings == {**USUAL_WARNINGS, "broken": "internal"}
    assert "a bug in a metric" in caplog.text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64(0.5)])
def test_unfit_number_costs_only_its_metric(value: float) -> None:
    """A metric that answers NaN, infinity or a numpy scalar is null, and JSON stays possible."""
    core = TechnicalCore(1, metrics=[metric("unfit", lambda grey: Reading(value)), *METRICS])
    measured = asyncio.run(core.measure(planes(pictures.hills())))
    core.close()
    assert measured.warnings == {**USUAL_WARNINGS, "unfit": "internal"}
    json.dumps(dataclasses.asdict(measured), allow_nan=False)


def test_metric_can_be_null_with_detail() -> None:
    """A metric may have a reason for its null and still tell figures."""
    unsure = metric("unsure", lambda grey: Reading(None, {"confidence": 0.2}, "no_confident_line"))
    core = TechnicalCore(1, metrics=[unsure, metric("unknown", lambda grey: no_reading("flat"))])
    measured = asyncio.run(core.measure(planes(pictures.hills())))
    core.close()
    assert measured.values == {"unsure": None, "unknown": None}
    assert measured.detail == {"unsure": {"confidence": 0.2}}
    assert measured.warnings == {"unsure": "no_confident_line", "unknown": "flat"}


def test_metric_gets_the_view_it_names() -> None:
    """A metric of another view looks at that view, and is alone in failing where it is missing."""
    mean = metric("mean", lambda rgb: Reading(float(rgb.pixels.mean())), view="rgb")
    core = TechnicalCore(1, metrics=[*METRICS, mean])
    rgb = np.full((4, 4, 3), 7, np.uint8)
    with_view = asyncio.run(core.measure({**planes(pictures.hills()), "rgb": rgb}))
    without = asyncio.run(core.measure(planes(pictures.hills())))
    core.close()
    assert with_view.values["mean"] == 7.0
    assert without.warnings == {**USUAL_WARNINGS, "mean": "internal"}


def test_read_only_picture(core: TechnicalCore) -> None:
    """A picture that came over a hop and cannot be written is measured all the same."""
    locked = pictures.hills()
    locked.setflags(write=False)
    assert asyncio.run(core.measure(planes(locked))) == asyncio.run(
        core.measure(planes(pictures.hills()))
    )


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4)), np.zeros((0, 4), np.uint8)]
)
def test_other_shapes_are_refused(core: TechnicalCore, wrong: Grey) -> None:
    """Colour, floats (whose sharpness would read 0) and emptiness are the caller's mistake."""
    with pytest.raises(ValueError, match=r"uint8 \[h, w\]"):
        asyncio.run(core.measure(planes(wrong)))


def test_many_at_once_equal_one_by_one(core: TechnicalCore) -> None:
    """Pictures measured side by side give what they give alone."""
    greys = [pictures.with_noise(pictures.hills(), sigma) for sigma in range(12)]

    async def together() -> object:
        return await asyncio.gather(*(core.measure(planes(grey)) for grey in greys))

    assert asyncio.run(together()) == [asyncio.run(core.measure(planes(grey))) for grey in greys]


def test_full_queue_refuses_and_recovers() -> None:
    """One more than 256 waiting is told to come back; once there is room, all is well."""
    gate = threading.Event()

    def gated(grey: Grey) -> Reading:
        gate.wait(30)
        return Reading(1.0)

    core = TechnicalCore(1, metrics=[metric("gated", gated)])
    grey = pictures.flat(1)

    async def flood() -> tuple[FramedError, int, float | None]:
        taken = [asyncio.create_task(core.measure(planes(grey))) for _ in range(MAX_WAITING + 1)]
        await asyncio.sleep(0)
        with pytest.raises(FramedError) as refused:
            await core.measure(planes(grey))
        gate.set()
        answers = await asyncio.gather(*taken)
        return (
            refused.value,
            len(answers),
            (await core.measure(planes(grey))).values["gated"],
        )

    error, answered, afterwards = asyncio.run(flood())
    core.close()
    assert (error.code, error.retry_after) == (Code.OVERLOADED, 1)
    assert (answered, afterwards) == (MAX_WAITING + 1, 1.0)


def test_cancelled_callers_leave_their_places() -> None:
    """Callers that gave up waiting do not fill the queue for others."""
    gate = threading.Event()

    def gated(grey: Grey) -> Reading:
        gate.wait(30)
        return Reading(1.0)

    core = TechnicalCore(1, metrics=[metric("gated", gated)])
    grey = pictures.flat(1)

    async def leave() -> float | None:
        taken = [asyncio.create_task(core.measure(planes(grey))) for _ in range(MAX_WAITING + 1)]
        await asyncio.sleep(0)
        for task in taken:
            task.cancel()
        await asyncio.gather(*taken, return_exceptions=True)
        newcomer = asyncio.create_task(core.measure(planes(grey)))
        await asyncio.sleep(0)
        gate.set()
        return (await newcomer).values["gated"]

    assert asyncio.run(leave()) == 1.0
    core.close()


def test_describes_versions_and_readiness(core: TechnicalCore) -> None:
    """The facts name every metric's version, and are warmed only after a picture was measured."""
    before = asyncio.run(core.describe())
    core.warm_up()
    after = asyncio.run(core.describe())
    assert list(after.metrics) == [metric.name for metric in METRICS]
    assert after.metrics["noise"].version == noise.METRIC.version
    assert after.metrics["noise"].direction == "higher is worse"
    assert (before.warmed, after.warmed) == (False, True)
    assert after.pid == os.getpid()


def test_not_warmed_where_nothing_can_be_measured() -> None:
    """A core whose every metric fails never says that it is ready."""
    core = TechnicalCore(1, metrics=[metric("broken", broken)])
    core.warm_up()
    assert not asyncio.run(core.describe()).warmed
    core.close()
