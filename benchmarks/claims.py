"""How long claims take: equalities and inequalities once everything is loaded, and the whole catalogue, cold and warm.

    python benchmarks/claims.py

Printed for people to compare, never tested: a time is a property of a machine.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time

from proofs.check import check
from proofs.documents import catalogue

REPEATS = 5
EQUALITIES = (
    "log p(x) = log p(x,z) - log p(z|x)",
    "log p(x) = E_{q(z|x)}[log p(x,z) - log q(z|x)] + KL(q(z|x) || p(z|x))",
    "CE(p(x) || q(x)) = H(p(x)) + KL(p(x) || q(x))",
    "KL(p(x,z) || q(x,z)) = KL(p(x) || q(x)) + E_{p(x)}[KL(p(z|x) || q(z|x))]",
    "let m(x) = (p(x) + q(x))/2\n2 * JSD(p(x) || q(x)) = KL(p(x) || m(x)) + KL(q(x) || m(x))",
)
INEQUALITIES = (
    "KL(p(x) || q(x)) >= 0",
    "log p(x) >= E_{q(z|x)}[log p(x,z) - log q(z|x)]",
    "JSD(p(x) || q(x)) <= log(2)",
    "KL(p(x) || q(x)) <= KL(p(x,z) || q(x,z))",
    "log p(x) >= E_{z_1, z_2 ~ q(z|x)}[log(1/2 * p(x,z_1)/q(z_1|x) + 1/2 * p(x,z_2)/q(z_2|x))]",
)


def times(claims: tuple[str, ...]) -> list[float]:
    """Seconds for each claim, the best of some repeats; a claim that is not proved ends the benchmark."""
    found = []
    for claim in claims:
        reports = [check(claim) for _ in range(REPEATS)]
        if reports[0].verdict != "proved":
            raise SystemExit(f"{claim}\nis {reports[0].verdict}, so its time would mean nothing\n{reports[0]}")
        found.append(min(report.seconds for report in reports))
    return found


def main() -> None:
    for name, claims, target in (("equalities", EQUALITIES, 1), ("inequalities", INEQUALITIES, 10)):
        seconds = times(claims)
        print(
            f"{name:13} median {1000 * statistics.median(seconds):7.2f} ms, "
            f"worst {1000 * max(seconds):7.2f} ms   (target {target} ms)"
        )
    with tempfile.TemporaryDirectory() as folder:
        for state, target in (("cold", 60), ("warm", 3)):  # the second run finds the reports of the first in its cache
            start = time.perf_counter()
            command = [sys.executable, "-m", "proofs", "check", "-j", "0", "--cache-dir", folder]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            taken = time.perf_counter() - start
            print(f"{'catalogue':13} {len(catalogue())} claims in {taken:.1f} s {state}   (target {target} s)")
            if done.returncode:
                raise SystemExit(done.stdout + done.stderr)


if __name__ == "__main__":
    main()
