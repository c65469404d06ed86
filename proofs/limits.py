"""A time limit that interrupts the work of a thread, wherever it runs."""

from __future__ import annotations

import _thread
import ctypes
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

_TICK = 0.02  # seconds between two looks at the clock, and so between two strikes


class TimeLimit(BaseException):
    """The time limit has passed.

    Not an `Exception`, so that no ``except Exception`` of a library that is being interrupted swallows it.
    """


class Watch:
    """A second thread that interrupts work of this one which takes too long; a context manager, for one block.

    It has the interpreter raise `TimeLimit` in the thread that works, between two of its bytecodes, and again until
    the work has ended. It needs no signal, so it serves any thread and any platform, and leaves the process as it was.
    It never strikes inside an import: a half-loaded module would break whatever runs next. A single long call into
    compiled code is interrupted when it returns.

    >>> with Watch() as watch:
    ...     watch.within(5, lambda: sum(range(10)))
    45
    """

    def __init__(self) -> None:
        self._target = threading.get_ident()
        self._lock = threading.Lock()  # held while striking, so that nothing strikes once the deadline is taken away
        self._deadline: float | None = None
        self._struck = False
        self._over = threading.Lock()  # held from the first work with a limit to the end

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        if self._over.locked():
            self._over.release()

    def within(self, seconds: float | None, work: Callable[[], T]) -> T:
        """The result of ``work()``.

        Args:
            seconds: the limit in seconds of wall-clock time; None is no limit.
            work: what to run, in the calling thread.

        Raises:
            TimeLimit: once it has run for longer.
        """
        if seconds is None:
            return work()
        if self._over.acquire(blocking=False):
            _thread.start_new_thread(self._run, ())  # a `threading.Thread` would have the work wait until it runs
        try:
            self._deadline = time.monotonic() + seconds
            return work()
        except SystemError as error:  # compiled code that was struck in a callback, and returned a value nevertheless
            if isinstance(error.__cause__, TimeLimit):
                raise TimeLimit from error
            raise
        finally:
            # Strikes are _TICK apart, so at most one lands in here, and a second attempt runs through.
            try:
                self._disarm()
            except TimeLimit:
                self._disarm()
                raise

    def _disarm(self) -> None:
        """Take the deadline away. A strike that is still on its way lands in here, and none comes after."""
        with self._lock:
            self._deadline = None
        if self._struck:
            # A pending exception is raised at a jump. It is not withdrawn (PyThreadState_SetAsyncExc with NULL): that
            # leaves CPython 3.11 with its flag for pending exceptions up for good, slow and, when traced, stuck.
            for _ in range(100):
                pass
            self._struck = False

    def _run(self) -> None:
        while not self._over.acquire(timeout=_TICK):
            with self._lock:
                late = self._deadline is not None and time.monotonic() > self._deadline
                if late and not _importing(self._target):
                    self._struck = True
                    _raise_in(self._target, TimeLimit)


def within(seconds: float | None, work: Callable[[], T]) -> T:
    """The result of ``work()`` under a watch of its own, or `TimeLimit`; see `Watch.within`."""
    with Watch() as watch:
        return watch.within(seconds, work)


class Budget:
    """Seconds of wall-clock time, and work that may take a part of what is left of them.

    >>> with Watch() as watch:
    ...     budget = Budget(60.0, watch)
    ...     budget.spend(lambda: sum(range(10)), part=0.5), budget.left < 60
    (45, True)
    """

    def __init__(self, seconds: float | None, watch: Watch) -> None:
        self.limit = self.left = seconds
        self._watch = watch

    def spend(self, work: Callable[[], T], *, part: float = 1.0) -> T:
        """``work()`` within that part of what is left.

        Raises:
            TimeLimit: when the part is spent.
        """
        start = time.perf_counter()
        try:
            return self._watch.within(None if self.left is None else self.left * part, work)
        finally:
            self.charge(time.perf_counter() - start)

    def charge(self, seconds: float) -> None:
        """Take seconds off what is left."""
        if self.left is not None:
            self.left = max(0.0, self.left - seconds)

    @contextmanager
    def share(self, among: int) -> Iterator[Budget]:
        """A budget of an equal share of what is left; what is spent of it is spent of this one."""
        share = Budget(None if self.left is None else self.left / among, self._watch)
        yield share
        if share.limit is not None and share.left is not None:
            self.charge(share.limit - share.left)


def _raise_in(thread: int, error: type[BaseException]) -> None:
    """Have the interpreter raise `error` in the thread, at its next jump or call."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


def _importing(thread: int) -> bool:
    frame = sys._current_frames().get(thread)
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
