"""Blocks of work on any executor, their results in order, whatever order and place they are computed in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Any, TypeVar

T = TypeVar("T")

#: An executor, or a function that makes one anew when its workers have died.
Workers = Executor | Callable[[], Executor]


def in_order(
    work: Callable[[int], T], start: int, stop: int, *, workers: Workers | None, in_flight: int = 8, retries: int = 3
) -> Generator[T, None, None]:
    """The results of ``work(start) … work(stop − 1)``, in that order.

    Args:
        work: a pure function of the block's number; for processes one that pickles.
        start: the first block.
        stop: the end of the blocks.
        workers: None to work here; an executor; or a function without arguments that makes one. An executor whose
            worker died is of no more use: with a function a new one takes over the blocks that were lost.
        in_flight: how many blocks are handed out at a time.
        retries: how many times a new executor is made.

    Raises:
        BrokenExecutor: workers died, and no other executor could be made.
    """
    if workers is None:
        yield from map(work, range(start, stop))
        return
    make = None if isinstance(workers, Executor) or hasattr(workers, "submit") else workers
    executor: Any = workers if make is None else make()
    pending: deque[Future[T]] = deque()
    handed_out = start
    try:
        for block in range(start, stop):
            while True:
                try:
                    while handed_out < min(block + in_flight, stop):
                        pending.append(executor.submit(work, handed_out))
                        handed_out += 1
                    result = pending[0].result()
                    break
                except BrokenExecutor:
                    if make is None or retries == 0:
                        raise
                    retries -= 1
                    executor.shutdown(wait=False, cancel_futures=True)
                    executor, pending, handed_out = make(), deque(), block  # everything from this block on again
            pending.popleft()
            yield result
    finally:
        for future in pending:
            future.cancel()
        if make is not None:
            executor.shutdown(wait=False, cancel_futures=True)
