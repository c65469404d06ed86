"""A Monte Carlo number together with what is known of its error, and the running moments it is made from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True)
class Estimate:
    """A number from samples, its error, and what that error rests on.

    Args:
        value: the estimate, in the units of the samples.
        standard_error: estimated standard deviation of ``value``, same units; NaN below two samples.
        num_samples: how many samples went in.
        interval: lower and upper end of the interval for the mean.
        level: nominal coverage of ``interval``, in (0, 1).
        assumes: what the interval's coverage depends on, in words.
        variance_finite: True or False where that is known of the samples' law, None where it is not.
        method: how the number was made.
    """

    value: float
    standard_error: float
    num_samples: int
    interval: tuple[float, float]
    level: float
    assumes: str
    variance_finite: bool | None
    method: str

    def __str__(self) -> str:
        return f"{self.value:.6g} ± {self.standard_error:.2g} ({self.num_samples:,} samples)"


@dataclass(frozen=True)
class Moments:
    r"""Sample count, mean and sum of squared deviations, mergeable in any grouping.

    ``a + b`` holds the moments of the samples of both,

    .. math:: \bar x = \bar x_a + \frac{n_b}{n}(\bar x_b - \bar x_a), \qquad
              S = S_a + S_b + \frac{n_a n_b}{n}(\bar x_b - \bar x_a)^2, \qquad n = n_a + n_b

    and ``Moments()``, of no samples, is the neutral element.

    Args:
        num_samples: the count n.
        mean: the sample mean; 0 when there are no samples.
        sum_squares: the sum of squared deviations from that mean, S.

    Reference:
        T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample variance: analysis and
        recommendations", The American Statistician 37 (1983).

    Example:
        >>> merged = Moments(2, 1.0, 2.0) + Moments(1, 4.0, 0.0)      # the samples 0, 2 and 4
        >>> merged.mean, merged.variance
        (2.0, 4.0)
        >>> print(merged.estimate())
        2 ± 1.2 (3 samples)
    """

    num_samples: int = 0
    mean: float = 0.0
    sum_squares: float = 0.0

    def __add__(self, other: Moments) -> Moments:
        if not isinstance(other, Moments):
            return NotImplemented
        num_samples = self.num_samples + other.num_samples
        if num_samples == 0:
            return Moments()
        share = other.num_samples / num_samples
        shift = other.mean - self.mean
        return Moments(
            num_samples,
            self.mean + share * shift,
            self.sum_squares + other.sum_squares + self.num_samples * share * shift * shift,
        )

    @property
    def variance(self) -> float:
        """The unbiased sample variance; NaN below two samples."""
        return self.sum_squares / (self.num_samples - 1) if self.num_samples > 1 else math.nan

    def estimate(
        self, *, level: float = 0.95, variance_finite: bool | None = None, method: str = "Monte Carlo mean"
    ) -> Estimate:
        """The mean as an :class:`Estimate`, with the interval of the central limit theorem.

        Args:
            level: nominal coverage of the interval, in (0, 1).
            variance_finite: whether the samples' law is known to have a finite variance.
            method: how the samples were made.

        Returns:
            The estimate. Its interval is asymptotic and is labelled so: no finite-sample coverage is claimed.

        Raises:
            ValueError: ``level`` is outside (0, 1), or there are no samples.
        """
        if not 0 < level < 1:
            raise ValueError(f"level must lie strictly between 0 and 1, got {level!r}")
        if self.num_samples == 0:
            raise ValueError("num_samples is 0: no samples, no estimate")
        standard_error = math.sqrt(self.variance / self.num_samples)
        half_width = NormalDist().inv_cdf((1 + level) / 2) * standard_error
        return Estimate(
            value=self.mean,
            standard_error=standard_error,
            num_samples=self.num_samples,
            interval=(self.mean - half_width, self.mean + half_width),
            level=level,
            assumes="asymptotic: finite variance, many samples, their number fixed beforehand",
            variance_finite=variance_finite,
            method=method,
        )
