"""NDCG where candidates have equal scores."""

from __future__ import annotations

import itertools
import unittest

import numpy as np

from expected_ndcg import CUTOFF, ExpectedNdcg


def mean_over_orders(scores: list[int], labels: list[int]) -> float:
    """Return the mean NDCG over all orders of the rows, each sorted by score, stable."""
    values = []
    for order in itertools.permutations(range(len(scores))):
        ranked = sorted(order, key=lambda row: -scores[row])
        values.append(dcg([labels[row] for row in ranked]) / dcg(sorted(labels, reverse=True)))
    return float(np.mean(values))


def dcg(labels: list[int]) -> float:
    return float(sum((2**label - 1) / np.log2(rank + 2) for rank, label in enumerate(labels[:CUTOFF])))


class ExpectedNdcgTest(unittest.TestCase):
    def test_is_the_mean_over_all_orders_of_equal_scores(self) -> None:
        random = np.random.default_rng(3)
        for _ in range(30):
            groups = random.integers(1, 7, size=4)
            labels = random.choice([0, 1, 2, 3], size=int(groups.sum()), p=[0.6, 0.2, 0.1, 0.1])
            scores = random.integers(0, 3, size=len(labels))
            expected, first = [], 0
            for size in groups.tolist():
                shown = labels[first : first + size].tolist()
                expected.append(mean_over_orders(scores[first : first + size].tolist(), shown) if any(shown) else 0.0)
                first += size
            value = ExpectedNdcg(labels.astype(np.float32), groups.astype(np.uint32)).value(scores.astype(np.float32))
            self.assertAlmostEqual(value, float(np.mean(expected)), places=12)

    def test_ends_at_the_tenth_rank(self) -> None:
        labels = np.zeros(14, dtype=np.float32)
        labels[3] = 1
        metric = ExpectedNdcg(labels, np.array([14], dtype=np.uint32))
        scores = np.arange(14, 0, -1).astype(np.float32)
        self.assertAlmostEqual(metric.value(scores), 1 / np.log2(5))
        scores[3] = 0
        self.assertEqual(metric.value(scores), 0)
        # All equal: the mean of the first ten discounts, over 14 ranks.
        self.assertAlmostEqual(metric.value(np.zeros(14)), float(np.sum(1 / np.log2(np.arange(10) + 2)) / 14))

    def test_of_nothing_is_0(self) -> None:
        self.assertEqual(ExpectedNdcg(np.zeros(3, dtype=np.float32), np.array([3], dtype=np.uint32)).value(np.zeros(3)), 0)
        self.assertEqual(ExpectedNdcg(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.uint32)).value(np.zeros(0)), 0)
