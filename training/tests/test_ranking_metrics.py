"""Ranking figures and their intervals."""

from __future__ import annotations

import math
import unittest

import numpy as np

from ranking_metrics import decision_metrics, summarise
from synthetic_dataset import split_of


class RankingMetrics(unittest.TestCase):
    def test_agrees_with_the_definitions(self) -> None:
        random = np.random.default_rng(5)
        groups = random.integers(1, 40, size=200).astype(np.uint32)
        rows = int(groups.sum())
        labels = random.choice([0, 1, 2, 3], size=rows, p=[0.9, 0.06, 0.03, 0.01]).astype(np.float32)
        # Few values, so that there are many ties.
        scores = random.integers(0, 6, size=rows).astype(np.float32)
        values = decision_metrics(scores, split_of(labels, groups, missed=2))
        first = 0
        for decision, size in enumerate(groups):
            expected = plain_metrics(scores[first : first + size].tolist(), labels[first : first + size].tolist())
            for name, value in expected.items():
                np.testing.assert_allclose(values[name][decision], value, atol=1e-12, err_msg=f'{name} of {decision}')
            first += int(size)
        self.assertEqual([values[name][-2:].tolist() for name in ('ndcg10', 'mrr20', 'hr20')], [[0, 0]] * 3)
        self.assertTrue(np.isnan(values['auc'][-2:]).all())

    def test_missed_decisions_lower_the_mean(self) -> None:
        labels, groups = np.array([0, 1, 1, 0], dtype=np.float32), np.array([2, 2], dtype=np.uint32)
        scores = np.array([0, 1, 1, 0])
        for missed, expected in ((0, 1.0), (2, 0.5)):
            summary = summarise(scores, split_of(labels, groups, missed), seed=1)
            self.assertEqual([summary[name]['value'] for name in ('ndcg10', 'mrr20', 'hr20')], [expected] * 3)
            self.assertEqual(summary['auc']['value'], 1.0)

    def test_a_score_that_is_the_same_for_all_gains_nothing_from_the_order_of_rows(self) -> None:
        labels, groups = np.array([1, 0, 0, 0], dtype=np.float32), np.array([4], dtype=np.uint32)
        values = decision_metrics(np.zeros(4), split_of(labels, groups))
        self.assertEqual((values['mrr20'][0], values['auc'][0]), (0.25, 0.5))
        discounts = [1 / math.log2(rank + 2) for rank in range(4)]
        self.assertAlmostEqual(values['ndcg10'][0], sum(discounts) / 4)

    def test_intervals_narrow_with_decisions(self) -> None:
        random = np.random.default_rng(2)
        widths = []
        for decisions in (50, 5000):
            labels = np.zeros((decisions, 5), dtype=np.float32)
            labels[:, 0] = 1
            split = split_of(labels.reshape(-1), np.full(decisions, 5, np.uint32))
            measure = summarise(random.random(5 * decisions), split, seed=1)['mrr20']
            self.assertLess(measure['low'], measure['value'])
            self.assertLess(measure['value'], measure['high'])
            widths.append(measure['high'] - measure['low'])
        self.assertAlmostEqual(widths[0] / widths[1], 10, delta=3)


def plain_metrics(scores: list[float], labels: list[float]) -> dict[str, float]:
    """The definitions, for one decision, spelled out."""
    ranked = [label for _, label in sorted(zip(scores, labels), key=lambda pair: (-pair[0], pair[1]))]

    def dcg(order: list[float]) -> float:
        return sum((2**label - 1) / math.log2(rank + 2) for rank, label in enumerate(order[:10]))

    def expected_dcg() -> float:
        """The mean over all orders of rows with equal scores: each of their ranks gives its mean gain."""
        gains = {score: np.mean([2**label - 1 for own, label in zip(scores, labels) if own == score]) for score in scores}
        return sum(gains[score] / math.log2(rank + 2) for rank, score in enumerate(sorted(scores, reverse=True)[:10]))

    if len(set(labels)) < 2:
        return {'ndcg10': math.nan, 'mrr20': math.nan, 'hr20': math.nan, 'auc': math.nan}
    first = next(rank for rank, label in enumerate(ranked) if label > 0)
    pairs = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high, clicked in zip(scores, labels)
        if clicked > 0
        for low, other in zip(scores, labels)
        if other == 0
    ]
    return {
        'ndcg10': expected_dcg() / dcg(sorted(labels, reverse=True)),
        'mrr20': 1 / (first + 1) if first < 20 else 0.0,
        'hr20': 1.0 if first < 20 else 0.0,
        'auc': sum(pairs) / len(pairs) if pairs else math.nan,
    }
