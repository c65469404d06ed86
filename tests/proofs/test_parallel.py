"""Work in processes: order, errors, processes that die, and ends that leave none behind."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proofs.documents import check_blocks
from proofs.markdown import Block
from proofs.parallel import cores, in_order

ROOT = Path(__file__).parents[2]


def _act(word: str) -> str:
    if word == "die":
        os._exit(3)
    if word == "fail":
        raise ZeroDivisionError("planted")
    if word == "hang":
        time.sleep(600)
    if word == "compute":
        return str(3 ** (10**9) % 10)  # one call into compiled code, which takes minutes and heeds nothing
    return word.upper()


def test_results_come_in_order_and_a_process_that_dies_costs_one_of_them() -> None:
    words = ["a", "die", "b", "c"]
    assert list(in_order(_act, words, 2)) == ["A", None, "B", "C"]
    assert not multiprocessing.active_children()


def test_a_process_that_heeds_nothing_is_ended() -> None:
    start = time.monotonic()
    assert list(in_order(_act, ["a", "compute", "b"], 2, seconds=1.0)) == ["A", None, "B"]
    assert time.monotonic() - start < 60


def test_starting_processes_leaves_the_environment_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "3")
    before = dict(os.environ)
    assert list(in_order(_act, ["a"], 1)) == ["A"]
    assert dict(os.environ) == before


def test_an_exception_and_a_closed_iterator_leave_no_process_behind() -> None:
    with pytest.raises(ZeroDivisionError, match="planted"):
        list(in_order(_act, ["fail", "hang"], 2))
    results = in_order(_act, ["a", "hang"], 2)
    assert next(results) == "A"
    results.close()
    for child in multiprocessing.active_children():
        child.join(timeout=20)
    assert not multiprocessing.active_children()


def test_cores() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_any_number_of_processes_finds_the_same() -> None:
    texts = {
        "true": "KL(p(x) || q(x)) >= 0 >= -KL(p(x) || q(x))",
        "false": "KL(p(x) || q(x)) = KL(q(x) || p(x))",
        "broken": "KL(p(x) || q(x)",
    }
    blocks = [Block(name, text, "notes.md", 1) for name, text in texts.items()]

    def found(jobs: int) -> str:
        documents = [outcome.to_json() | {"seconds": 0} for outcome in check_blocks(blocks, jobs=jobs)]
        return json.dumps(documents)

    assert found(1) == found(2)


def test_a_number_of_processes_that_is_none() -> None:
    with pytest.raises(ValueError, match="jobs"):
        list(check_blocks([], jobs=-1))


@pytest.mark.skipif(sys.platform == "win32", reason="no process groups")
def test_ctrl_c_ends_every_process(tmp_path: Path) -> None:
    slow = "\n".join(f"```claim slow-{n}\nlog p(x) = log p(x,z) - log p(z|x) + 0 * {n}\n```" for n in range(5000))
    (tmp_path / "slow.md").write_text(slow, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "proofs", "check", "-j", "2", "--no-cache", "slow.md"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    time.sleep(2.5)  # wherever it is by then
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in out + err
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a process was left behind")
