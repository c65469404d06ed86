"""The same work on many things, in processes, with the results in order.

Processes are spawned, not forked, so that it is the same on every platform and no lock of a library is inherited.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """How many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def in_order(work: Callable[[T], R], items: Sequence[T], jobs: int) -> Generator[R | None, None, None]:
    """``work(item)`` for each item, in the order of the items; None where the process that worked on it died.

    When the iterator is closed, by an interrupt or an exception too, its processes are ended at once.

    Args:
        work: what is done; it, its argument and its result go through pickle.
        items: what it is done to.
        jobs: how many processes.

    Raises:
        Exception: what ``work`` raises.

    >>> list(in_order(str.upper, ["a", "b"], 2))
    ['A', 'B']
    """
    rest = list(items)
    while rest:
        done = 0
        try:
            with closing(_pool(work, rest, jobs)) as results:
                for result in results:
                    done += 1
                    yield result
        except BrokenProcessPool:  # one of those that ran is to blame: the first is tried alone, the others once more
            rest = rest[done:]
            yield _alone(work, rest.pop(0))
        else:
            return


def _alone(work: Callable[[T], R], item: T) -> R | None:
    try:
        (result,) = _pool(work, [item], 1)
    except BrokenProcessPool:
        return None
    return result


def _pool(work: Callable[[T], R], items: Sequence[T], jobs: int) -> Generator[R, None, None]:
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(min(jobs, len(items)), mp_context=context, initializer=_prepare)
    try:
        with _Undisturbed():
            futures: list[Future[R]] = [pool.submit(work, item) for item in items]
        for future in futures:
            yield future.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        raise
    pool.shutdown()


class _Undisturbed:
    """While it is entered, Ctrl-C waits; what is started meanwhile never hears of it, since the parent ends it."""

    def __enter__(self) -> None:
        mask = getattr(signal, "pthread_sigmask", None)
        self._before = mask(signal.SIG_BLOCK, {signal.SIGINT}) if mask is not None else None

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._before)


def _prepare() -> None:
    """One thread for the linear algebra of every process: their pools would fight for the cores."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
