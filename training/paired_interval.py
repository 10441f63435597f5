"""The interval of a mean difference between two rankings of the same decisions, with the spread between training seeds in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

COVERAGE = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean difference, and the ends of its interval: infinite if there is only one user."""

    value: float
    low: float
    high: float
    error: float
    """Standard error of the difference; infinite if there is only one user."""
    freedom: float
    """Degrees of freedom of the error."""


def paired_interval(differences: np.ndarray, users: np.ndarray, seeds: np.ndarray, intervals: int = 1) -> Interval:
    """Return the mean of `differences` [decisions] with its interval: one of so many that hold together in 95 % of all cases (Bonferroni).

    The decisions of one `users` [decisions] belong together. Their sums vary as in a sample of clusters, and the mean is a ratio:
    variance = k / (k - 1) * sum((sum of a user - mean * decisions of the user)^2) / decisions^2, for k users (Cochran, "Sampling
    techniques", 3rd edition, 1977, chapter 6). `seeds` [seeds] are the means of models that differ in their seed only. Another training
    would draw another seed, so their variance is added. The sum of two estimated variances has the degrees of freedom of Satterthwaite,
    "An approximate distribution of estimates of variance components", 1946: few, where the spread between two seeds is most of it.
    """
    count = len(differences)
    _, cluster = np.unique(users, return_inverse=True)
    clusters = int(cluster.max()) + 1
    mean = float(differences.mean())
    if clusters < 2:
        return Interval(mean, -np.inf, np.inf, np.inf, 1)
    residuals = np.bincount(cluster, weights=differences - mean)
    parts = [(clusters / (clusters - 1) * float(residuals @ residuals) / count**2, clusters - 1)]
    if len(seeds) > 1:
        parts.append((float(np.var(seeds, ddof=1)), len(seeds) - 1))
    variance = sum(of for of, _ in parts)
    if variance == 0:
        return Interval(mean, mean, mean, 0, clusters - 1)
    freedom = variance**2 / sum(of**2 / degrees for of, degrees in parts)
    half = float(t.ppf(1 - (1 - COVERAGE) / 2 / intervals, freedom)) * variance**0.5
    return Interval(mean, mean - half, mean + half, variance**0.5, float(freedom))
