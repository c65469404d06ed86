"""What has been found before, in files: JSON values under a key that is made of everything they depend on.

An entry is written whole or not at all, and carries a digest of itself: one that an interruption, a full disk or an
edit has damaged is passed over. What has not been used for longest goes when the folder grows too large; it may be
removed at any time.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

LIMIT = 64 * 2**20  # bytes, several thousand claims
PACKAGES = ("divergences", "estimators", "flows", "proofs")
_LIBRARIES = ("array-api-compat", "array-api-extra", "hypothesis", "lark", "mpmath", "numpy", "python-flint", "scipy",
              "sympy", "torch")  # fmt: skip


def default_folder() -> Path:
    """``$PROOFS_CACHE_DIR``, or a folder where the platform keeps what can be made again."""
    named = os.environ.get("PROOFS_CACHE_DIR")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "probability-proofs"


@functools.cache
def sources() -> str:
    """A digest of what decides claims, as it was when it was first asked for in this process."""
    return read_sources()


def read_sources() -> str:
    """A digest of the sources of this library and of the versions of what it stands on, as they are now."""
    digest = hashlib.sha256(sys.version.encode())
    root = Path(__file__).parents[1]
    for path in sorted(path for package in PACKAGES for path in _files(root / package)):
        try:
            content = path.read_bytes()
        except OSError:  # it has gone since it was listed
            content = b""
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    for name in _LIBRARIES:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = "none"
        digest.update(f"{name} {version}\n".encode())
    return digest.hexdigest()


def _files(package: Path) -> Iterator[Path]:
    """The sources of a package, without what tools keep beside them."""
    for folder, inner, names in os.walk(package):
        inner[:] = [name for name in inner if name != "__pycache__" and name[0] != "."]
        yield from (Path(folder, name) for name in names if name.endswith((".py", ".lark")) and name[0] != ".")


class Cache:
    """A folder of entries.

    Args:
        folder: where they lie; it is made when the first entry is written.
        limit: how many bytes the entries may have together after a `trim`.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = Cache(Path(folder))
    ...     cache.put(cache.key("a claim"), {"verdict": "proved"})
    ...     cache.get(cache.key("a claim")), cache.get(cache.key("another claim"))
    ({'verdict': 'proved'}, None)
    """

    def __init__(self, folder: Path, *, limit: int = LIMIT) -> None:
        self.folder = folder
        self.limit = limit

    def key(self, *parts: object) -> str:
        """The key of what depends on the sources of this library and on these parts, which are told by their repr."""
        return hashlib.sha256("\0".join([sources(), *map(repr, parts)]).encode()).hexdigest()

    def is_current(self) -> bool:
        """Whether the sources are still those of the keys; once edited, what is loaded late is of other sources."""
        return read_sources() == sources()

    def get(self, key: str) -> Any | None:
        """The values under the key; None where there are none, or none that are whole."""
        try:
            entry = json.loads(self._path(key).read_bytes())
            if entry["digest"] != _digest(key, entry["values"]):
                return None
            with contextlib.suppress(OSError):  # where it may be read and not written
                os.utime(self._path(key))  # it has been used
            return entry["values"]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def put(self, key: str, values: Any) -> None:
        """Keep JSON values under the key. Where the folder cannot be written to, nothing happens."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                    json.dump({"digest": _digest(key, values), "values": values}, stream)
                os.replace(name, path)
            except BaseException:
                os.unlink(name)
                raise
        except OSError:
            return

    def trim(self) -> None:
        """Remove what has not been used for longest, until the rest is within the limit."""
        found = []
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(OSError):  # another process may be trimming, too
                status = path.stat()
                found.append((status.st_mtime_ns, status.st_size, path))
        excess = sum(size for _, size, _ in found) - self.limit
        for _, size, path in sorted(found):
            if excess <= 0:
                return
            with contextlib.suppress(OSError):
                path.unlink()
            excess -= size

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key[2:]}.json"


def _digest(key: str, values: Any) -> str:
    """Of the key too: an entry that lies under the name of another is not taken for it."""
    return hashlib.sha256(json.dumps([key, values], sort_keys=True).encode()).hexdigest()
