"""A limit interrupts what runs, strikes once, and leaves nothing behind."""

from __future__ import annotations

import _thread
import importlib
import sys
import threading
import time
from pathlib import Path

import pytest

from proofs.limits import TimeLimit, within


def _spin() -> None:
    while True:
        try:
            sum(range(1000))
        except Exception:
            pytest.fail("the limit must pass through `except Exception`")


def test_interrupts_a_loop_in_the_main_thread() -> None:
    start = time.monotonic()
    with pytest.raises(TimeLimit):
        within(0.1, _spin)
    assert time.monotonic() - start < 5


def test_interrupts_a_loop_in_another_thread_only() -> None:
    seen = []

    def work() -> None:
        try:
            within(0.1, _spin)
        except TimeLimit:
            seen.append("interrupted")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert seen == ["interrupted"]


def test_strikes_again_where_a_bare_except_swallowed_it() -> None:
    swallowed = 0

    def work() -> None:
        nonlocal swallowed
        while True:
            try:
                _spin()
            except BaseException:
                swallowed += 1
                if swallowed == 3:
                    raise

    with pytest.raises(TimeLimit):
        within(0.05, work)
    assert swallowed == 3


@pytest.mark.parametrize("limit", [0.0, 1e-4, 1e-3])
def test_nothing_strikes_after_the_body(limit: float) -> None:
    before = _thread._count()
    for _ in range(50):
        try:
            within(limit, lambda: sum(range(2000)))
        except TimeLimit:
            pass
        sum(range(2000))  # a late strike would land here
    assert _settles(before)


def test_no_limit_starts_no_thread() -> None:
    before = _thread._count()
    assert not within(None, lambda: _settles(before + 1, within=0.2))
    assert within(60, lambda: _settles(before + 1))
    assert _settles(before)


def _settles(count: int, *, within: float = 10.0) -> bool:
    """Whether there are soon so many threads."""
    deadline = time.monotonic() + within
    while _thread._count() != count and time.monotonic() < deadline:
        time.sleep(0.01)
    return _thread._count() == count


def test_an_import_is_finished_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_to_load.py").write_text(
        "import time\nstop = time.monotonic() + 0.4\nwhile time.monotonic() < stop: pass\nloaded = True\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    def work() -> None:
        importlib.import_module("slow_to_load")
        _spin()

    with pytest.raises(TimeLimit):
        within(0.1, work)
    assert sys.modules.pop("slow_to_load").loaded


def test_a_traced_thread_goes_on_afterwards() -> None:
    calls = []
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, argument: calls.append(event))
    try:
        for _ in range(10):
            within(60, lambda: sum(range(10)))
            with pytest.raises(TimeLimit):
                within(0.01, _spin)
    finally:
        sys.setprofile(before)
    assert calls


def test_compiled_code_that_swallows_the_strike_is_late_all_the_same() -> None:
    """What the interpreter makes of a function that returns a value with an exception set."""

    def struck() -> None:
        raise SystemError("returned a result with an exception set") from TimeLimit()

    with pytest.raises(TimeLimit):
        within(60, struck)
    with pytest.raises(SystemError, match="something else"):
        within(60, lambda: (_ for _ in ()).throw(SystemError("something else")))
