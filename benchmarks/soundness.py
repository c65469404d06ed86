"""Hold the provers against the refuters on generated claims, and write what is found.

    python benchmarks/soundness.py [-n 10000] [-j 2] [--first 0] [--write docs/soundness.md]

Every claim follows from its kind and a seed, which are printed, so that a single one can be looked at again:

    python benchmarks/soundness.py --show "mixtures: true" 17
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> int:
    sys.path.insert(0, str(ROOT))  # the generators live with the tests
    from rich.progress import track

    from proofs.language import to_text
    from tests.proofs.soundness import KINDS
    from tests.proofs.soundness.page import page
    from tests.proofs.soundness.trial import VERDICTS, tasks, tried

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=10_000, help="how many claims, at least")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="processes")
    parser.add_argument("--first", type=int, default=0, help="the first seed of each kind")
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds for each claim")
    parser.add_argument("--write", type=Path, help="the page to write")
    parser.add_argument("--show", nargs=2, metavar=("KIND", "SEED"), help="print one claim, and do nothing else")
    arguments = parser.parse_args()
    if arguments.show:
        name, seed = arguments.show
        print(to_text(next(kind for kind in KINDS if kind.name == name).claim(int(seed))))
        return 0

    start = time.perf_counter()
    listed = tasks(arguments.n, arguments.first)
    running = tried(listed, jobs=arguments.jobs, timeout=arguments.timeout)
    found = list(track(running, total=len(listed), description="claims", disable=not sys.stderr.isatty()))
    for kind in KINDS:
        verdicts = Counter(trial.verdict for trial in found if trial.kind == kind.name)
        print(f"{kind.name:36}" + "".join(f"{verdicts[verdict]:6} {verdict}" for verdict in VERDICTS))
    wrong = [trial for trial in found if trial.wrong]
    for trial in wrong:
        print(f"WRONG  {trial.kind}, seed {trial.seed}: {trial.text}\n  {trial.verdict}: {trial.wrong}")
    print(f"{len(found)} claims, {len(wrong)} wrong verdicts, in {time.perf_counter() - start:.0f} s")
    if arguments.write:
        command = f"python benchmarks/soundness.py -n {arguments.n} --write {arguments.write}"
        arguments.write.write_text(page(found, command=command), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
