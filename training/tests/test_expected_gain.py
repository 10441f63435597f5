"""Metrics where candidates have equal scores."""

from __future__ import annotations

import itertools
import unittest

import numpy as np

from expected_gain import MRR_20, NDCG_10, ExpectedGain


def mean_over_orders(scores: list[int], labels: list[int]) -> float:
    """Return the mean NDCG over all orders of the rows, each sorted by score, stable."""
    values = []
    for order in itertools.permutations(range(len(scores))):
        ranked = sorted(order, key=lambda row: -scores[row])
        values.append(dcg([labels[row] for row in ranked]) / dcg(sorted(labels, reverse=True)))
    return float(np.mean(values))


def dcg(labels: list[int]) -> float:
    return float(sum((2**label - 1) / np.log2(rank + 2) for rank, label in enumerate(labels[: len(NDCG_10)])))


class ExpectedGainTest(unittest.TestCase):
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
            value = ExpectedGain(labels.astype(np.float32), groups.astype(np.uint32)).value(scores.astype(np.float32))
            self.assertAlmostEqual(value, float(np.mean(expected)), places=12)

    def test_ends_at_the_tenth_rank(self) -> None:
        labels = np.zeros(14, dtype=np.float32)
        labels[3] = 1
        metric = ExpectedGain(labels, np.array([14], dtype=np.uint32))
        scores = np.arange(14, 0, -1).astype(np.float32)
        self.assertAlmostEqual(metric.value(scores), 1 / np.log2(5))
        scores[3] = 0
        self.assertEqual(metric.value(scores), 0)
        # All equal: the mean of the first ten discounts, over 14 ranks.
        self.assertAlmostEqual(metric.value(np.zeros(14)), float(np.sum(1 / np.log2(np.arange(10) + 2)) / 14))

    def test_of_nothing_is_0(self) -> None:
        self.assertEqual(ExpectedGain(np.zeros(3, dtype=np.float32), np.array([3], dtype=np.uint32)).value(np.zeros(3)), 0)
        self.assertEqual(ExpectedGain(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.uint32)).value(np.zeros(0)), 0)

    def test_is_mrr_where_one_item_comes_next(self) -> None:
        labels = np.zeros(50, dtype=np.float32)
        labels[[3, 40]] = 1
        metric = ExpectedGain(labels, np.array([20, 30], dtype=np.uint32), MRR_20)
        scores = np.zeros(50)
        # In the first decision two items are above the next one, which is equal to two others. In the second all are equal.
        scores[:3] = [9, 8, 5]
        scores[3:5] = 5
        np.testing.assert_allclose(metric.values(scores), [(1 / 3 + 1 / 4 + 1 / 5) / 3, np.sum(1 / np.arange(1, 21)) / 30])
        # What a ranking does not place comes last, in any order.
        scores[3:20] = -np.inf
        self.assertAlmostEqual(metric.values(scores)[0], np.sum(1 / np.arange(4, 21)) / 17)
