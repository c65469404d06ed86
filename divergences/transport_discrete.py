"""Optimal transport between laws on finitely many points, with the dual that proves it optimal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

#: How far apart, relative to the largest cost, the two sides of the duality may end.
GAP = 1e-6


@dataclass(frozen=True, eq=False)
class DiscreteTransport:
    r"""A coupling of two laws and a pair of potentials, whose values enclose the optimal cost.

    .. math:: \sum_i p_i f_i + \sum_j q_j g_j \le \min_\pi \sum_{ij} \pi_{ij} c_{ij} \le \sum_{ij} \pi_{ij} c_{ij}

    The left side holds for any potentials with f_i + g_j ≤ c_ij, the right one for any coupling: neither rests on how
    they were found. Each of the two is the exact sum of products rounded once.

    Attributes:
        plan: the coupling π, (n, m); its margins are the laws.
        potential_p: f, (n,).
        potential_q: g, (m,).
        cost: Σ π c, an upper bound on the optimum.
        bound: Σ p f + Σ q g, a lower bound on it.
    """

    plan: np.ndarray
    potential_p: np.ndarray
    potential_q: np.ndarray
    cost: float
    bound: float

    @property
    def gap(self) -> float:
        """By how much the optimum can be less than the cost."""
        return self.cost - self.bound


def transport_discrete(p: object, q: object, cost: object) -> DiscreteTransport:
    r"""The cheapest way of carrying the law p onto the law q, by linear programming, with its Kantorovich dual.

    .. math:: \min_{\pi \ge 0,\; \pi 1 = p,\; \pi^\top 1 = q} \sum_{ij} \pi_{ij} c_{ij}
        = \max_{f_i + g_j \le c_{ij}} \sum_i p_i f_i + \sum_j q_j g_j

    Args:
        p: probabilities, (n,).
        q: probabilities, (m,).
        cost: what it costs to carry a unit of mass from i to j, (n, m); finite.

    Returns:
        The plan, the potentials, and both values.

    Raises:
        ValueError: shapes do not fit, values are negative or not finite, p or q does not sum to 1 within 1e-6, or the
            program's solution leaves a gap that is not small.

    Reference: Peyré and Cuturi (2019), Computational Optimal Transport, propositions 2.4 and 3.1.

    >>> found = transport_discrete([0.5, 0.5], [0.25, 0.75], [[0.0, 1.0], [1.0, 0.0]])
    >>> found.cost, 0 <= found.gap < 1e-15
    (0.25, True)
    >>> found.plan
    array([[0.25, 0.25],
           [0.  , 0.5 ]])
    """
    from scipy.optimize import linprog
    from scipy.sparse import eye_array, kron, vstack

    first, second = _law("p", p), _law("q", q)
    costs = np.asarray(cost, dtype=np.float64)
    if costs.shape != (first.size, second.size):
        raise ValueError(f"cost must have shape {(first.size, second.size)}, got {costs.shape}")
    if not np.isfinite(costs).all():
        raise ValueError(f"cost must be finite, got {costs[~np.isfinite(costs)][0]}")
    n, m = costs.shape
    margins = vstack([kron(eye_array(n), np.ones((1, m))), kron(np.ones((1, n)), eye_array(m))]).tocsr()
    found = linprog(costs.ravel(), A_eq=margins, b_eq=np.concatenate([first, second]), method="highs")
    if found.x is None:
        raise ValueError(f"cost defines a program that was not solved: {found.message}")
    solution = certify(first, second, costs, found.x.reshape(n, m), found.eqlin.marginals[:n])
    if not solution.gap <= GAP * (1 + np.abs(costs).max()):
        raise ValueError(f"cost defines a program that was solved only to a gap of {solution.gap:.1e}")
    return solution


def certify(
    p: np.ndarray, q: np.ndarray, cost: np.ndarray, plan: np.ndarray, potential_p: np.ndarray
) -> DiscreteTransport:
    """Any plan and potential made feasible, and so a proof of both bounds.

    Args:
        p: probabilities, (n,), normalised.
        q: probabilities, (m,), normalised.
        cost: costs, (n, m).
        plan: roughly a coupling.
        potential_p: roughly one of a pair of optimal potentials.
    """
    plan = _coupling(p, q, np.maximum(plan, 0.0))
    # g_j = min_i (c_ij − f_i) is the largest that is feasible; the float below undoes what rounding may have added.
    potential_q = np.nextafter((cost - potential_p[:, None]).min(axis=0), -np.inf)
    value = math.fsum((plan * cost).ravel())
    bound = math.fsum(np.concatenate([p * potential_p, q * potential_q]))
    return DiscreteTransport(plan, potential_p, potential_q, value, bound)


def _coupling(p: np.ndarray, q: np.ndarray, plan: np.ndarray) -> np.ndarray:
    """The plan, moved by as much as its margins are wrong (Altschuler, Weed and Rigollet, 2017, algorithm 2)."""
    rows = plan.sum(axis=1)
    plan = plan * np.minimum(1.0, p / np.where(rows > 0, rows, 1.0))[:, None]
    columns = plan.sum(axis=0)
    plan = plan * np.minimum(1.0, q / np.where(columns > 0, columns, 1.0))[None, :]
    missing_p, missing_q = np.maximum(p - plan.sum(axis=1), 0.0), np.maximum(q - plan.sum(axis=0), 0.0)
    total = missing_q.sum()
    return plan if total == 0 else plan + np.outer(missing_p, missing_q / total)


def _law(name: str, values: object) -> np.ndarray:
    law = np.asarray(values, dtype=np.float64)
    if law.ndim != 1 or law.size == 0:
        raise ValueError(f"{name} must be a vector of probabilities, got shape {law.shape}")
    if not (law >= 0).all():
        raise ValueError(f"{name} must be non-negative, got {law[~(law >= 0)][0]}")
    if not abs(law.sum() - 1) <= 1e-6:
        raise ValueError(f"{name} must sum to 1 within 1e-06, got a sum of {law.sum()}")
    return law / law.sum()
