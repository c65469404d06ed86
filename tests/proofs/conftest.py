"""No test reads or writes the cache of the person who runs it, nor that of another test."""

from __future__ import annotations

from pathlib import Path

import pytest

from proofs.cache import Cache


@pytest.fixture(autouse=True)
def _cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROOFS_CACHE_DIR", str(tmp_path / "cache-of-this-test"))
    monkeypatch.setattr(Cache, "is_current", lambda _: True)  # while tests run, someone may edit
