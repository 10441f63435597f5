"""Metrics of the order of candidates, in expectation over the orders of candidates with equal scores.

The first trees give the same score to many candidates. A metric that takes such candidates in the order of the rows judges this
order, not the model. Here, each order of candidates with equal scores is equally probable (McSherry and Najork, "Computing
information retrieval performance measures efficiently in the presence of tied scores", 2008). Gains are 2^label - 1. The metric of
a decision is the sum of gain times discount of the rank, over the largest possible sum.
"""

from __future__ import annotations

import numpy as np

NDCG_10 = 1 / np.log2(np.arange(10) + 2)
"""Discounts of the ranks from 1, for NDCG@10. Ranks below the last one count 0."""

MRR_20 = 1 / (np.arange(20) + 1)
"""Discounts for MRR@20. The metric is MRR@20 if each decision has at most one row with a label above 0."""


class ExpectedGain:
    """The metric for fixed labels. `labels` [rows] are 0 or more, `groups` [decisions] the rows of each decision."""

    def __init__(self, labels: np.ndarray, groups: np.ndarray, discounts: np.ndarray = NDCG_10) -> None:
        groups = groups.astype(np.int64)
        starts = np.cumsum(groups) - groups
        decision = np.repeat(np.arange(len(groups)), groups)
        self._relevant = np.flatnonzero(labels > 0)
        """Rows that add to the metric [relevant]."""
        self._gains = np.exp2(labels[self._relevant].astype(np.float64)) - 1
        self._decisions = len(groups)
        self._decision = decision[self._relevant]
        # Each relevant row is compared with all rows of its decision, one after the other.
        sizes = groups[self._decision]
        self._first = np.cumsum(sizes) - sizes
        self._compared = np.arange(sizes.sum()) - np.repeat(self._first - starts[self._decision], sizes)
        self._repeats = sizes
        self._cutoff = len(discounts)
        self._discounts = np.concatenate(([0.0], np.cumsum(discounts)))
        """Sums of the discounts of the first n ranks [cutoff + 1]."""
        self._best = self._sums(labels)

    def value(self, scores: np.ndarray) -> float:
        """Return the mean over decisions, 0 to 1. A decision without a relevant row counts 0. `scores` [rows] have no NaN."""
        if self._decisions == 0 or len(self._relevant) == 0:
            return 0.0
        return float(self.values(scores).mean())

    def values(self, scores: np.ndarray) -> np.ndarray:
        """Return the metric of each decision [decisions], 0 to 1; 0 without a relevant row. `scores` [rows] have no NaN."""
        return np.divide(self._sums(scores), self._best, out=np.zeros(self._decisions), where=self._best > 0)

    def _sums(self, scores: np.ndarray) -> np.ndarray:
        """Return the expected discounted gain of each decision [decisions] in the order of the scores, highest first."""
        if len(self._relevant) == 0:
            return np.zeros(self._decisions)
        own = np.repeat(scores[self._relevant], self._repeats)
        others = scores[self._compared]
        above = np.add.reduceat(others > own, self._first, dtype=np.int64)
        equal = np.add.reduceat(others == own, self._first, dtype=np.int64)
        upto = self._discounts[np.minimum(above + equal, self._cutoff)] - self._discounts[np.minimum(above, self._cutoff)]
        return np.bincount(self._decision, weights=self._gains * upto / equal, minlength=self._decisions)
