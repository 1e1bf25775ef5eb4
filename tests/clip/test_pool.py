"""Engines on several devices behind the contract of one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pytest

from framed.errors import Code, FramedError, StartupError
from runners.clip.engines.contract import Engine, OutOfMemory
from runners.clip.engines.pool import EnginePool
from tests.fakes import FakeEngine

Squares = npt.NDArray[np.uint8]


class OnGpu(FakeEngine):
    """A fake engine on a device, which may fail to warm up."""

    failure: Exception | None = None
    released = 0

    def warm_up(self) -> None:
        if self.failure is not None:
            raise self.failure

    def vram_used_gb(self) -> float:
        return 1.5

    def cuda_available(self) -> bool:
        return True

    def is_out_of_memory(self, error: BaseException) -> bool:
        return isinstance(error, MemoryError)

    def release_memory(self) -> None:
        self.released += 1


def gpus(count: int, trouble: Callable[[Squares], None] | None = None) -> list[OnGpu]:
    return [
        OnGpu(device=f"cuda:{number}", precision="fp16", trouble=trouble) for number in range(count)
    ]


def squares(count: int, seed: int = 0, size: int = 224) -> Squares:
    return np.random.default_rng(seed).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def test_it_describes_itself_as_all_of_them() -> None:
    """Devices are listed, memory is summed, and as many calls may run as there are engines."""
    engines = gpus(2)
    pool: Engine = EnginePool(engines)
    assert (pool.name, pool.device, pool.precision) == ("fake", "cuda:0,cuda:1", "fp16")
    assert (pool.sizes, pool.default_size, pool.streams) == ((224, 336), 336, 2)
    assert (pool.vram_used_gb(), pool.cuda_available()) == (3.0, True)
    assert pool.is_out_of_memory(MemoryError())
    assert not pool.is_out_of_memory(ValueError())
    pool.release_memory()
    assert [engine.released for engine in engines] == [1, 1]


def test_photos_take_turns_where_all_are_idle() -> None:
    """One call after the other goes round: no engine is left cold, none does all the work."""
    engines = gpus(3)
    pool = EnginePool(engines)
    for _ in range(6):
        pool.encode_images(squares(1))
    assert [len(engine.batches) for engine in engines] == [2, 2, 2]


def test_the_least_loaded_engine_is_taken() -> None:
    """While one engine is at a large batch, every call goes to the other."""
    started, go_on = threading.Event(), threading.Event()

    def slow(batch: Squares) -> None:
        started.set()
        assert go_on.wait(30)

    busy, idle = OnGpu(device="cuda:0", trouble=slow), OnGpu(device="cuda:1")
    pool = EnginePool([busy, idle])
    with ThreadPoolExecutor(1) as thread:
        large = thread.submit(pool.encode_images, squares(8))
        assert started.wait(30)
        for _ in range(12):
            pool.encode_images(squares(1))
        go_on.set()
        assert large.result().shape == (8, 3)
    assert (len(busy.batches), len(idle.batches)) == (1, 12)


def test_texts_go_to_the_first() -> None:
    """Words are encoded on one device, so that a bank's vectors come from one place."""
    first, second = gpus(2)
    pool = EnginePool([first, second])
    np.testing.assert_array_equal(
        pool.encode_texts(["sea", "forest"]), OnGpu().encode_texts(["sea", "forest"])
    )
    assert (first.prompts, second.prompts) == (["sea", "forest"], [])
    assert pool.arrange_texts(["long one", "a", "bb"], 2) == [["a", "bb"], ["long one"]]


def test_an_engine_that_fails_is_free_again() -> None:
    """A call that raises counts as done: the engine's load does not grow."""

    def out_of_memory(batch: Squares) -> None:
        raise OutOfMemory(Code.OUT_OF_MEMORY, "does not fit")

    engines = gpus(2, out_of_memory)
    pool = EnginePool(engines)
    for _ in range(8):
        with pytest.raises(OutOfMemory):
            pool.encode_images(squares(2))
    assert [len(engine.batches) for engine in engines] == [4, 4]
    assert pool._at_work == [0, 0]


@pytest.mark.parametrize(
    "failure",
    [StartupError("NaN"), FramedError(Code.OUT_OF_MEMORY, "full"), RuntimeError("no kernel image")],
    ids=["no numbers", "too small", "too old"],
)
@pytest.mark.parametrize("which", [0, 1])
def test_a_device_that_cannot_serve_is_left_out(
    which: int, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """A GPU too small or too old for the model costs a warning, not the service."""
    engines = gpus(2)
    engines[which].failure = failure
    pool = EnginePool(engines)
    pool.warm_up()
    assert (pool.device, pool.streams) == (f"cuda:{1 - which}", 1)
    assert f"left out: fake on cuda:{which}" in caplog.text
    assert [reason.split(":")[1] for reason in pool.refused] == [str(which)]
    pool.encode_images(squares(3))
    pool.encode_texts(["sea"])
    assert engines[which].batches == []


def test_no_device_at_all_is_an_error() -> None:
    """Where every engine fails, the pool fails as the last one did."""
    engines = gpus(2)
    for number, engine in enumerate(engines):
        engine.failure = StartupError(f"engine {number}")
    with pytest.raises(StartupError, match="engine 1"):
        EnginePool(engines).warm_up()


def test_precisions_that_differ_are_all_named() -> None:
    """Devices may have settled on different formats; each is named once."""
    engines = [*gpus(2), OnGpu(device="cuda:2", precision="bf16")]
    assert EnginePool(engines).precision == "fp16,bf16"


def test_eight_threads_get_their_own_answers() -> None:
    """Calls of mixed sizes from eight threads equal the serial ones, and no photo is lost."""
    engines = gpus(3)
    pool = EnginePool(engines)
    batches = [squares(1 + seed % 4, seed, (224, 336)[seed % 2]) for seed in range(10)]
    serial = [OnGpu().encode_images(batch) for batch in batches]

    def check(number: int) -> None:
        for turn in range(20):
            which = (number + turn) % len(batches)
            np.testing.assert_array_equal(pool.encode_images(batches[which]), serial[which])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(check, range(8)))
    assert sum(len(engine.batches) for engine in engines) == 160
    assert pool._at_work == [0, 0, 0]
    given = [sum(shape[0] for shape in engine.batches) for engine in engines]
    assert max(given) < 2 * min(given)
