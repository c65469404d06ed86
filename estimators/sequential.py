r"""The supermartingales of a sequential test on a mean: their proof, their state, and what the state establishes.

One lemma carries everything. Let :math:`X_1, X_2, \dots` have conditional means :math:`m_i` and conditional variances
at most v given the past, let :math:`\varphi` be Catoni's influence function, :math:`\lambda > 0` and c a number.

    **Lemma.** If every :math:`m_i \le c`, then
    :math:`W_n = \prod_{i \le n} e^{\varphi(\lambda (X_i - c))} / (1 + \lambda^2 v / 2)` exceeds :math:`1/\delta` at any
    time n with probability at most :math:`\delta`.

    *Proof.* :math:`\varphi` is increasing and :math:`X_i - c \le X_i - m_i`, hence
    :math:`E[e^{\varphi(\lambda(X_i - c))} \mid \text{past}] \le E[e^{\varphi(\lambda(X_i - m_i))} \mid \text{past}] \le
    1 + \lambda E[X_i - m_i \mid \text{past}] + \tfrac{\lambda^2}{2} E[(X_i - m_i)^2 \mid \text{past}]
    \le 1 + \lambda^2 v / 2`. So W is a non-negative supermartingale from 1, and Ville's inequality is the claim.

    With a bound v on :math:`E|X_i - m_i|^p` for some p in (1, 2] in place of the variance, the same holds of
    :math:`\varphi_p` and the divisor :math:`1 + \lambda^p v / p`, as :math:`e^{\varphi_p(y)} \le 1 + y + |y|^p/p`.

Applied to :math:`-X` it speaks of means that are too small. With claimed mean c and tolerance ε the hypotheses are

======== ======================== ==============================================================
relation *disagree* rejects       *agree* rejects
======== ======================== ==============================================================
``=``    mean = c, at α: each     mean ≥ c + ε at β and mean ≤ c − ε at β, together (of which at
         side at α/2              most one is true, so no share of β is lost)
``<=``   mean ≤ c, at α           mean ≥ c + ε, at β
``>=``   mean ≥ c, at α           mean ≤ c − ε, at β
======== ======================== ==============================================================

With :math:`\lambda = (\varepsilon / v)^{1/(p-1)}` and :math:`h = \lambda \varepsilon` the logarithm of each product
drifts by about :math:`(1 - 1/p) h` a sample where the mean is at the far end; for p = 2 that is
:math:`\varepsilon^2 / 2v`. The sums of :math:`\varphi` are the whole state, so evidence from disjoint samples adds.

Reference:
    O. Catoni, Annales de l'Institut Henri Poincaré, Probabilités et Statistiques 48 (2012), for the influence function;
    H. Wang and A. Ramdas, "Catoni-style confidence sequences for heavy-tailed mean estimation", Stochastic Processes
    and their Applications (2023), for the supermartingale; J. Ville, "Étude critique de la notion de collectif" (1939),
    for the inequality.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from array_api_compat import array_namespace, is_array_api_obj, size

from estimators.catoni import catoni_influence
from estimators.estimate import Moments

Relation = Literal["=", "<=", ">="]
Verdict = Literal["agree", "disagree", "undecided"]

# The smallest h = epsilon^2 / v: below it a test would take more than 1e13 samples.
_SMALLEST_STEP = 1e-12


@dataclass(frozen=True)
class Evidence:
    """The state of a sequential test: sums over samples, so that ``a + b`` is the state after both.

    Args:
        above_claim: the sum of φ(λ(X − c)), large where the mean is above c; its opposite serves below, as φ is odd.
        below_upper: the sum of φ(−λ(X − c − ε)), large where the mean is below c + ε.
        above_lower: the sum of φ(λ(X − c + ε)), large where the mean is above c − ε.
        moments: count, mean and squared deviations of X − c.
    """

    above_claim: float = 0.0
    below_upper: float = 0.0
    above_lower: float = 0.0
    moments: Moments = field(default_factory=Moments)

    def __add__(self, other: Evidence) -> Evidence:
        if not isinstance(other, Evidence):
            return NotImplemented
        return Evidence(
            self.above_claim + other.above_claim,
            self.below_upper + other.below_upper,
            self.above_lower + other.above_lower,
            self.moments + other.moments,
        )

    @property
    def num_samples(self) -> int:
        return self.moments.num_samples


@dataclass(frozen=True, kw_only=True)
class SequentialTest:
    """A claim about a mean, the tolerance it is held to, and the error rates: what ``agreement`` runs.

    Use it directly where blocks are drawn elsewhere: ``evidence(block)`` on each worker, the sum over blocks
    0, 1, 2, ... in *block order*, and ``verdict(sum)``. The rates hold for prefixes in an order fixed beforehand; in
    order of arrival they do not, since how long a block took may depend on what it holds.

    The arguments are those of :func:`estimators.agreement`.

    Example:
        >>> import numpy as np
        >>> test = SequentialTest(claimed=0.5, tolerance=0.1, variance_bound=0.25)
        >>> blocks = np.random.default_rng(0).random((4, 1000)) < 0.5
        >>> test.verdict(sum((test.evidence(block) for block in blocks), Evidence()))
        'agree'
    """

    claimed: float
    tolerance: float
    variance_bound: float
    relation: Relation = "="
    alpha: float = 1e-9
    beta: float = 1e-6
    moment: float = 2

    def __post_init__(self) -> None:
        for name in ("claimed", "tolerance", "variance_bound", "alpha", "beta", "moment"):
            object.__setattr__(self, name, _finite(name, getattr(self, name)))
        if self.tolerance <= 0:
            raise ValueError(f"tolerance must be positive, got {self.tolerance!r}")
        if self.variance_bound < 0:
            raise ValueError(f"variance_bound must not be negative, got {self.variance_bound!r}")
        if not 1 < self.moment <= 2:
            raise ValueError(f"moment must lie in (1, 2], got {self.moment!r}")
        for name in ("alpha", "beta"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} must lie strictly between 0 and 1, got {getattr(self, name)!r}")
        if self.relation not in get_args(Relation):
            raise ValueError(f"relation must be one of {', '.join(get_args(Relation))}, got {self.relation!r}")
        if self._step < _SMALLEST_STEP:
            smallest = (_SMALLEST_STEP ** (self.moment - 1) * self.variance_bound) ** (1 / self.moment)
            raise ValueError(
                f"tolerance must be at least {smallest:.3g} for variance_bound {self.variance_bound!r} (a decision "
                f"takes tens of (variance_bound / tolerance^{self.moment:g})^{1 / (self.moment - 1):.3g} samples), "
                f"got {self.tolerance!r}"
            )

    @property
    def _step(self) -> float:
        # h = lambda * epsilon = (epsilon^p / v)^(1/(p - 1)). A bound v may be raised at will and stays a bound: it is
        # raised to epsilon^p where it is smaller, so that h <= 1, lambda <= 1/epsilon, and v = 0 is no special case.
        spread = self.variance_bound ** (1 / self.moment)
        ratio: float = self.tolerance / max(spread, self.tolerance)
        return ratio ** (self.moment / (self.moment - 1))

    def typical_samples(self, error_rate: float) -> float:
        """The typical number of samples until a mean at the other end of the tolerance is rejected at an error rate.

        Args:
            error_rate: α (or α/2, with two sides) or β, in (0, 1).

        Returns:
            log(1/error_rate)/((1 − 1/p) h), from the drift of log W; 2 log(1/error_rate) v/ε² for p = 2.
        """
        return math.log(1 / error_rate) / ((1 - 1 / self.moment) * self._step)

    def evidence(self, block: Any) -> Evidence:
        """What one block of samples says, computed where the block lives, with one transfer to the host.

        Args:
            block: samples, an array of any shape and any real dtype (numpy, torch on any device, ...).

        Returns:
            The block's :class:`Evidence`, from float64 arithmetic.

        Raises:
            TypeError: the block is not an array of real numbers.
            ValueError: a sample is NaN or infinite: no law with finite variance draws one.
        """
        x = flat_float64(block)
        if size(x) == 0:
            return Evidence()
        xp = array_namespace(x)
        step, rate = self._step, self._step / self.tolerance
        with np.errstate(all="ignore"):  # what overflows is counted here and raised as an error below
            deviation = x - self.claimed
            y = rate * deviation
            finite = xp.isfinite(y)
            y = xp.where(finite, y, xp.zeros_like(y))
            centre = xp.mean(deviation)
            statistics = xp.stack(
                [
                    xp.sum(xp.astype(~finite, xp.float64)),
                    xp.sum(catoni_influence(y, moment=self.moment)),
                    xp.sum(catoni_influence(step - y, moment=self.moment)),
                    xp.sum(catoni_influence(step + y, moment=self.moment)),
                    centre,
                    xp.sum((deviation - centre) ** 2),
                ]
            )
        not_finite, above_claim, below_upper, above_lower, mean, sum_squares = statistics.tolist()
        if not_finite:
            raise ValueError(
                f"samples must be finite: {int(not_finite)} of the {size(x)} in a block are NaN, infinite, or too far "
                f"from claimed = {self.claimed!r} for a variance of at most {self.variance_bound!r}"
            )
        return Evidence(above_claim, below_upper, above_lower, Moments(int(size(x)), mean, sum_squares))

    def verdict(self, evidence: Evidence) -> Verdict:
        """What the samples so far establish: ``"agree"``, ``"disagree"``, or as yet neither.

        Args:
            evidence: the sum over a prefix of the blocks, in an order fixed beforehand.
        """
        # The divisor: lambda^p v / p = lambda epsilon / p = h / p, as lambda^(p-1) v = epsilon for the v of h.
        shrinkage = evidence.num_samples * math.log1p(self._step / self.moment)
        sides = {"=": 2, "<=": 1, ">=": 1}[self.relation]
        reject_claim = math.log(sides / self.alpha)
        reject_bias = math.log(1 / self.beta)

        too_large = evidence.above_claim - shrinkage >= reject_claim
        too_small = -evidence.above_claim - shrinkage >= reject_claim
        if {"=": too_large or too_small, "<=": too_large, ">=": too_small}[self.relation]:
            return "disagree"
        not_above = evidence.below_upper - shrinkage >= reject_bias
        not_below = evidence.above_lower - shrinkage >= reject_bias
        if {"=": not_above and not_below, "<=": not_above, ">=": not_below}[self.relation]:
            return "agree"
        return "undecided"


def flat_float64(block: Any) -> Any:
    """The samples of a block as a flat float64 array on the block's device, outside any gradient tape."""
    try:
        array = block if is_array_api_obj(block) else np.asarray(block)
    except ValueError:
        raise TypeError(f"samples must be real numbers, got the ragged block {block!r}") from None
    if hasattr(array, "detach"):
        array = array.detach()
    xp = array_namespace(array)
    if not xp.isdtype(array.dtype, ("bool", "integral", "real floating")):
        raise TypeError(f"samples must be real numbers, got a block of dtype {array.dtype}")
    return xp.astype(xp.reshape(array, (-1,)), xp.float64, copy=False)


def _finite(name: str, value: Any) -> float:
    try:
        number = float(operator.pos(value))  # a text has no sign, though it may have a float
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} must be a real number, got {value!r}") from None
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {number!r}")
    return number
