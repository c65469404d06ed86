"""The same work on many things, in processes, with the results in order.

Processes are forked from a server that has loaded what they need and nothing else runs in, so that no lock of a library
is inherited; where a platform has no such server they are spawned, and load for themselves.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from functools import partial
from multiprocessing.context import BaseContext
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

#: One thread for the linear algebra of every process: their pools would fight for the cores.
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def cores() -> int:
    """How many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def in_order(
    work: Callable[[T], R], items: Sequence[T], jobs: int, *, seconds: float | None = None, preload: Sequence[str] = ()
) -> Generator[R | None, None, None]:
    """``work(item)`` for each item, in the order of the items; None where the process that worked on it died.

    When the iterator is closed, by an interrupt or an exception too, its processes are ended at once.

    Args:
        work: what is done; it, its argument and its result go through pickle.
        items: what it is done to.
        jobs: how many processes.
        seconds: a process that works on one item for longer is ended, compiled code that heeds nothing included.
        preload: the modules that the work needs, loaded once for all processes.

    Raises:
        Exception: what ``work`` raises.

    >>> list(in_order(str.upper, ["a", "b"], 2))
    ['A', 'B']
    """
    limited = partial(_limited, work, seconds)
    rest = list(items)
    while rest:
        done = 0
        try:
            with closing(_pool(limited, rest, jobs, preload)) as results:
                for result in results:
                    done += 1
                    yield result
        except BrokenProcessPool:  # one of those that ran is to blame: the first is tried alone, the others once more
            rest = rest[done:]
            yield _alone(limited, rest.pop(0), preload)
        else:
            return


def _limited(work: Callable[[T], R], seconds: float | None, item: T) -> R:
    if seconds is None:
        return work(item)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)  # a thread that waits for no interpreter
        try:
            return work(item)
        finally:
            faulthandler.cancel_dump_traceback_later()


def _alone(work: Callable[[T], R], item: T, preload: Sequence[str]) -> R | None:
    try:
        (result,) = _pool(work, [item], 1, preload)
    except BrokenProcessPool:
        return None
    return result


def _pool(work: Callable[[T], R], items: Sequence[T], jobs: int, preload: Sequence[str]) -> Generator[R, None, None]:
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(min(jobs, len(items)), mp_context=_context(preload), initializer=_prepare)
    try:
        with _starting():
            futures: list[Future[R]] = [pool.submit(work, item) for item in items]
        for future in futures:
            yield future.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        raise
    pool.shutdown()


def _context(preload: Sequence[str]) -> BaseContext:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    return context


@contextmanager
def _starting() -> Iterator[None]:
    """While processes start, Ctrl-C waits: they never hear of it, the parent ends them. They get one thread each."""
    mask = getattr(signal, "pthread_sigmask", None)
    before = None if mask is None else mask(signal.SIG_BLOCK, {signal.SIGINT})
    unset = [name for name in _THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(unset, "1"))
    try:
        yield
    finally:
        for name in unset:
            del os.environ[name]
        if mask is not None:
            mask(signal.SIG_SETMASK, before)


def _prepare() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
