"""The decoding threads: a few, and never more megapixels in them at once than are allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from framed.errors import Code, FramedError
from framed.imaging import prepare as work
from framed.imaging.budget import PixelBudget
from framed.imaging.decode import read_header
from framed.imaging.reduce import use_one_thread
from framed.photo import DecodeSpec, ViewSpec

P = ParamSpec("P")
T = TypeVar("T")


class DecodePool:
    """Runs `prepare` in `threads` threads, with at most `megapixels` (millions) being decoded.

    Photos are served in the order in which they came; one larger than the whole bound runs alone.
    No thread is started before the first photo.
    """

    def __init__(self, threads: int, megapixels: int) -> None:
        self._executor = ThreadPoolExecutor(
            threads, thread_name_prefix="decode", initializer=use_one_thread
        )
        self._budget = PixelBudget(megapixels * 1_000_000)

    async def prepare(self, data: bytes, decode: DecodeSpec, views: ViewSpec) -> work.Prepared:
        """A photo's facts and views, as `framed.imaging.prepare.prepare` gives and raises them.

        If the caller is cancelled, work that has not started is dropped; work that has runs to its
        end, and only then gives its megapixels back. Raises `FramedError` `unavailable` once the
        pool is closed.
        """
        header = await asyncio.wrap_future(self._submit(read_header, data, decode))
        pixels = round(header.decoded_megapixels * 1e6)
        await self._budget.acquire(pixels)
        try:
            running = self._submit(work.prepare, data, decode, views)
        except BaseException:
            self._budget.release(pixels)
            raise
        running.add_done_callback(lambda _: self._budget.release(pixels))
        return await asyncio.wrap_future(running)

    def close(self) -> None:
        """Drops what has not started and lets what has come to its end; returns at once."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        try:
            return self._executor.submit(function, *args, **kwargs)
        except RuntimeError:
            raise FramedError(
                Code.UNAVAILABLE, "The service is shutting down; send the request again."
            ) from None
