"""How long it takes to refute the wrong lines of the lecture notes, and to find the nearest claims that hold.

    python benchmarks/refutation.py

Printed for people to compare, never tested: a time is a property of a machine.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from proofs.check import check
from proofs.markdown import read_blocks
from proofs.refuters import repair

REPEATS = 3
NOTES = Path(__file__).parents[1] / "docs" / "examples" / "notes.md"


def main() -> None:
    refutations, repairs, repaired = [], [], 0
    for block in read_blocks(NOTES):
        if "refuted" not in block.expect:
            continue
        reports = [check(block.text) for _ in range(REPEATS)]
        false = reports[0].first_false
        claim = reports[0].claim
        if claim is None or false is None or false.counterexample is None:
            raise SystemExit(f"{block.name} was not refuted, so its time would mean nothing\n{reports[0]}")
        refutations.append(min(r.first_false.seconds for r in reports if r.first_false is not None))
        start = time.perf_counter()
        offered = repair(claim, claim.steps[reports[0].steps.index(false)], false.counterexample)
        repairs.append(time.perf_counter() - start)
        repaired += bool(offered)
        print(f"{1000 * refutations[-1]:7.1f} ms  {1000 * repairs[-1]:7.1f} ms  {block.name}")
    for name, seconds, target in (("refutation", refutations, 20), ("repair", repairs, 2000)):
        median, worst = 1000 * statistics.median(seconds), 1000 * max(seconds)
        print(f"{name:10} median {median:7.1f} ms, worst {worst:7.1f} ms   (target {target} ms)")
    print(f"{repaired} of {len(repairs)} have a claim that holds one edit away")


if __name__ == "__main__":
    main()
