"""A time limit that interrupts the work of a thread, wherever it runs."""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_AGAIN = 0.05  # seconds between two strikes


class TimeLimit(BaseException):
    """The time limit has passed.

    Not an `Exception`, so that no ``except Exception`` of a library that is being interrupted swallows it.
    """


def within(seconds: float | None, work: Callable[[], T]) -> T:
    """The result of ``work()``, or `TimeLimit` once it has run for longer than `seconds`.

    A second thread waits, then has the interpreter raise in the calling thread, between two of its bytecodes, and
    again until the work has ended. It needs no signal, so it serves any thread and any platform, and leaves the
    process as it was. It never strikes inside an import: a half-loaded module would break whatever runs next. A
    single long call into compiled code is interrupted when it returns.

    Args:
        seconds: the limit in seconds of wall-clock time; None is no limit.
        work: what to run, in the calling thread.

    Raises:
        TimeLimit: when the limit has passed.

    >>> within(5, lambda: sum(range(10)))
    45
    """
    if seconds is None:
        return work()
    watch = _Watch(seconds)
    try:
        watch.start()
        return work()
    finally:
        # Strikes are _AGAIN apart, so at most one lands in here, and a second attempt runs through.
        try:
            watch.stop()
        except TimeLimit:
            watch.stop()
            raise


class Budget:
    """Seconds of wall-clock time, and work that may take a part of what is left of them.

    >>> budget = Budget(60.0)
    >>> budget.spend(lambda: sum(range(10)), part=0.5)
    45
    >>> budget.left < 60
    True
    """

    def __init__(self, seconds: float | None) -> None:
        self.limit = self.left = seconds

    def spend(self, work: Callable[[], T], *, part: float = 1.0) -> T:
        """``work()`` within that part of what is left.

        Raises:
            TimeLimit: when the part is spent.
        """
        start = time.perf_counter()
        try:
            return within(None if self.left is None else self.left * part, work)
        finally:
            if self.left is not None:
                self.left = max(0.0, self.left - (time.perf_counter() - start))


class _Watch:
    def __init__(self, seconds: float) -> None:
        self._pause = max(seconds, 0.0)
        self._target = threading.get_ident()
        self._lock = threading.Lock()  # held while striking, so that nothing strikes after `_ended`
        self._struck = self._ended = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="time limit", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the watch. A strike that is still on its way lands in here, and nothing strikes after this."""
        with self._lock:
            self._ended = True
        self._wake.set()
        if self._struck:
            # A pending exception is raised at a jump. It is not withdrawn (PyThreadState_SetAsyncExc with NULL): that
            # leaves CPython 3.11 with its flag for pending exceptions up for good, slow and, when traced, stuck.
            for _ in range(100):
                pass

    def _run(self) -> None:
        while not self._wake.wait(self._pause):
            self._pause = _AGAIN
            with self._lock:
                if self._ended:
                    return
                if not _busy(self._target):
                    self._struck = True
                    _raise_in(self._target, TimeLimit)


def _raise_in(thread: int, error: type[BaseException]) -> None:
    """Have the interpreter raise `error` in the thread, at its next jump or call."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


def _busy(thread: int) -> bool:
    """Whether the thread is inside an import, or has not left the functions that start and stop the watch."""
    frame = sys._current_frames().get(thread)
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith("<frozen importlib") or code in (_Watch.start.__code__, _Watch.stop.__code__):
            return True
        frame = frame.f_back
    return False
