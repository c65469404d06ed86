"""What importing the package costs: numpy, and none of the heavy libraries that some arguments come from."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("torch", "sympy", "scipy.stats", "flint", "matplotlib", "jax", "mpmath")


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_and_using_it_on_numbers_loads_no_heavy_library() -> None:
    code = (
        "import sys, divergences; loaded = set(sys.modules); import numpy;"
        "divergences.kl_gaussian(numpy.zeros(3), 1.0); divergences.kl_gaussian_full([0.0], [[1.0]], [0.0], [[2.0]]);"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert run(code) == "[]"


def test_the_check_sees_a_heavy_library() -> None:
    loaded = run(f"import sys, sympy, divergences; print([name for name in {HEAVY!r} if name in sys.modules])")
    assert "sympy" in loaded


def test_sympy_may_be_imported_after_the_package() -> None:
    code = "import divergences, sympy; print(divergences.kl_gaussian(sympy.Symbol('m'), 1))"
    assert run(code) == "m**2/2"
