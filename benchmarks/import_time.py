"""What ``import divergences`` costs next to ``import numpy``, over fresh processes.

The two alternate, so that a change in the machine's load falls on both; the ratio is that of the medians.
Run: python -m benchmarks.import_time [--processes N]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

TARGET = 1.5
MEASURE = "import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"


def seconds(module: str) -> float:
    """The time that the import statement takes in a fresh interpreter."""
    command = [sys.executable, "-c", MEASURE.format(module=module)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=15, help="fresh processes for each of the two")
    options = parser.parse_args()
    modules = ("numpy", "divergences")
    for module in modules:
        seconds(module)  # compiles what is not yet compiled, and warms the file cache
    times: dict[str, list[float]] = {module: [] for module in modules}
    for _ in range(options.processes):
        for module in modules:
            times[module].append(seconds(module))
    medians = {module: statistics.median(times[module]) for module in modules}
    for module, median in medians.items():
        print(f"import {module:<12} {1e3 * median:7.1f} ms (median of {options.processes})")
    print(f"ratio {medians['divergences'] / medians['numpy']:.2f} (target: at most {TARGET})")


if __name__ == "__main__":
    main()
