"""Blocks of samples that are the same on every run: torch's own generators, seeded for a while and put back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def seeded(entropy: Sequence[int], device: torch.device) -> Iterator[None]:
    """Inside, whatever draws from torch's generators on the CPU and on the device draws what the entropy says.

    The laws of torch.distributions know no generator but these; they are restored on the way out, whatever happens.

    Args:
        entropy: non-negative integers; different ones give independent streams (`numpy.random.SeedSequence`).
        device: where the models live.

    >>> with seeded([7, 0], torch.device("cpu")):
    ...     first = torch.rand(3)
    >>> with seeded([7, 0], torch.device("cpu")):
    ...     bool(torch.equal(first, torch.rand(3)))
    True
    """
    seed = int(np.random.SeedSequence(list(entropy)).generate_state(1, np.uint64)[0] >> np.uint64(1))
    on_cuda = device.type == "cuda"
    with torch.random.fork_rng(devices=[device] if on_cuda else [], device_type="cuda"):
        torch.default_generator.manual_seed(seed)
        if on_cuda:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield
