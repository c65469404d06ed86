"""What a long run has accumulated, on disk: enough to go on from there as if it had never stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from estimators.estimate import Moments

_VERSION = 1


@dataclass(frozen=True)
class Progress:
    """How far a run has come.

    Args:
        blocks: how many blocks, from the first on, have been merged.
        moments: the moments of what they gave.
    """

    blocks: int = 0
    moments: Moments = field(default_factory=Moments)


def load(path: Path, run: Mapping[str, object]) -> Progress:
    """The progress of this run, or none where there is no file.

    Args:
        path: the file.
        run: what identifies the run: everything that decides which samples are drawn.

    Raises:
        ValueError: the file is not of this kind, or belongs to another run.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Progress()
    try:
        data = json.loads(text)
        version, stored, blocks = data["version"], data["run"], int(data["blocks"])
        mean, sum_squares = float.fromhex(data["mean"]), float.fromhex(data["sum_squares"])
        moments = Moments(int(data["num_samples"]), mean, sum_squares)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"checkpoint {path} is no checkpoint of an expectation: {error!r}") from None
    if version != _VERSION or stored != dict(run):
        raise ValueError(f"checkpoint {path} belongs to another run: {stored}, and this one is {run}")
    return Progress(blocks, moments)


def save(path: Path, run: Mapping[str, object], progress: Progress) -> None:
    """Writes the progress; an interruption leaves the old file or the new one, never a part."""
    moments = progress.moments
    data = {
        "version": _VERSION,
        "run": dict(run),
        "blocks": progress.blocks,
        "num_samples": moments.num_samples,
        "mean": moments.mean.hex(),  # a float to the last bit
        "sum_squares": moments.sum_squares.hex(),
    }
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_text(json.dumps(data), encoding="utf-8")
    os.replace(temporary, path)
