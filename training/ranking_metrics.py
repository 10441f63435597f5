"""Metrics of the order of the candidates of each decision, with bootstrap intervals over decisions.

NDCG is the one that also decides how many trees a model has: see `expected_gain.py`. HR and MRR are those of session-rec, for the
first clicked item.
AUC is the share of (clicked, not clicked) pairs within one decision that are in order, equal scores counting half.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

from dataset import Split
from expected_gain import ExpectedGain

NAMES = ('ndcg10', 'mrr20', 'hr20', 'auc')
TITLES = {'ndcg10': 'NDCG@10', 'mrr20': 'MRR@20', 'hr20': 'HR@20', 'auc': 'AUC'}

BOOTSTRAP_SAMPLES = 1000
INTERVAL = (2.5, 97.5)

Measure = Optional[dict]
"""{"value", "low", "high"}: the mean over decisions and its 95 % interval; None where no decision can be judged."""


def decision_metrics(scores: np.ndarray, split: Split) -> dict[str, np.ndarray]:
    """Return the metrics of every decision, each float64 [decisions + missed], NaN where it is not defined.

    Where all rows have one label nothing is defined, and AUC needs a row that was clicked and one that was not. A missed
    decision scores 0, and has no AUC, for which there must be candidates to compare. A model that cannot tell items apart gains
    nothing from the order of the rows: among equal scores, NDCG is the mean over all orders, and for HR and MRR the lower label
    ranks first.
    """
    labels = split.labels.astype(np.float64)
    starts, groups = split.starts, split.groups
    decision = np.repeat(np.arange(split.decisions), groups)
    rank = np.arange(split.rows) - np.repeat(starts, groups)

    ranked = labels[np.lexsort((labels, -scores, decision))]
    ndcg = ExpectedGain(labels, groups).values(scores)
    judged = split.judged
    first_click = np.minimum.reduceat(np.where(ranked > 0, rank, split.rows), starts)

    def with_missed(values: np.ndarray, at_miss: float) -> np.ndarray:
        return np.concatenate((values, np.full(split.missed, at_miss)))

    return {
        'ndcg10': with_missed(np.where(judged, ndcg, np.nan), 0),
        'mrr20': with_missed(np.where(judged, np.where(first_click < 20, 1 / (first_click + 1), 0), np.nan), 0),
        'hr20': with_missed(np.where(judged, first_click < 20, np.nan), 0),
        'auc': with_missed(_auc(scores, split, decision, rank), np.nan),
    }


def _auc(scores: np.ndarray, split: Split, decision: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Return the AUC, float64 [decisions], from the rank sums of Mann and Whitney."""
    order = np.lexsort((scores, decision))
    ordered_scores, clicked = scores[order], split.clicked[order]
    new_tie = np.concatenate(([True], (np.diff(ordered_scores) != 0) | (np.diff(decision) != 0)))
    tie = np.cumsum(new_tie) - 1
    tie_rank = (np.bincount(tie, weights=rank + 1) / np.bincount(tie))[tie]
    positives = np.add.reduceat(clicked.astype(np.float64), split.starts)
    negatives = split.groups - positives
    rank_sum = np.add.reduceat(np.where(clicked, tie_rank, 0), split.starts)
    pairs = positives * negatives
    return np.where(pairs > 0, (rank_sum - positives * (positives + 1) / 2) / np.where(pairs > 0, pairs, 1), np.nan)


def summarise(scores: np.ndarray, split: Split, seed: int) -> dict[str, Measure]:
    """Return the mean of every metric over decisions, with its percentile bootstrap interval (Efron, 1979)."""
    values = decision_metrics(scores, split)
    table = np.stack([values[name] for name in NAMES])
    defined = (~np.isnan(table)).astype(np.float64)
    table = np.where(defined > 0, table, 0)
    random = np.random.default_rng(seed)
    decisions = table.shape[1]
    means = np.full((BOOTSTRAP_SAMPLES, len(NAMES)), np.nan)
    for sample in range(BOOTSTRAP_SAMPLES):
        weights = np.bincount(random.integers(decisions, size=decisions), minlength=decisions)
        counts = defined @ weights
        means[sample] = np.where(counts > 0, table @ weights / np.maximum(counts, 1), np.nan)
    summary: dict[str, Measure] = {}
    for index, name in enumerate(NAMES):
        count = defined[index].sum()
        if count == 0:
            summary[name] = None
            continue
        low, high = np.nanpercentile(means[:, index], INTERVAL)
        summary[name] = {'value': float(table[index].sum() / count), 'low': float(low), 'high': float(high)}
    return summary
