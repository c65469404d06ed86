"""What holds for every test: how hypothesis draws, how many threads run, and which tests need a device."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# One thread for the linear algebra of every library, also in processes that tests start: thread pools would fight the
# other workers for the cores, and sums would vary with the number of threads. This runs before anything loads torch.
for _pool in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_pool] = "1"

# Continuous integration must not fail by the luck of the draw, so it draws the same examples every time; a
# developer's run draws new ones, and prints the blob that reproduces a failure.
_COMMON = {"deadline": None, "print_blob": True, "max_examples": 50}
settings.register_profile("local", **_COMMON)
settings.register_profile("ci", **_COMMON, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is marked ``cuda`` where there is no device; torch is asked only if something is so marked."""
    marked = [item for item in items if item.get_closest_marker("cuda")]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))
