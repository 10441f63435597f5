"""Rolling origins: choices inside the training period that look at later decisions than those that were learned from.

An origin divides the train split in time. A model learns from the decisions before it, and is judged on the part right after it
(Tashman, "Out-of-sample tests of forecasting accuracy: an analysis and review", 2000). Several origins keep one unusual part from
deciding alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataset import MIN_JUDGED_DECISIONS, Dataset, Split

ORIGINS = (1 / 2, 2 / 3, 5 / 6)
"""Shares of the decisions of each log that come before the origins. The part after an origin ends at the next one."""


@dataclass(frozen=True)
class Origin:
    """Decisions of the train split on both sides of an origin: for each log, the first one and the one behind the last."""

    before: list[tuple[int, int]]
    after: list[tuple[int, int]]


def rolling_origins(dataset: Dataset) -> list[Origin]:
    """Return the origins of the train split; none if, after some origin, the gap leaves too little to judge a model by.

    In each log, the part after an origin begins with a gap, as the splits do: no label of a decision before the origin depends on
    what happens in the part.
    """
    split = dataset.train
    ends = np.cumsum(split.logs)
    starts = ends - split.logs
    origins = []
    for share, following in zip(ORIGINS, (*ORIGINS[1:], 1.0)):
        before, after = [], []
        for start, end in zip(starts.tolist(), ends.tolist()):
            at, until = (start + int((end - start) * part) for part in (share, following))
            # Late events may come behind later ones.
            latest = np.maximum.accumulate(split.times[start:until])
            begins = start + int(np.searchsorted(latest, latest[at - start - 1] + dataset.gap)) if at > start else at
            before.append((start, at))
            after.append((max(at, begins), until))
        origins.append(Origin(before, after))
    return origins if all(_is_enough(split, dataset.objective, origin) for origin in origins) else []


def _is_enough(split: Split, objective: str, origin: Origin) -> bool:
    before, after = (rows_of(split, side)[1] for side in (origin.before, origin.after))
    if objective == 'clicks':
        return all(0 < (labels > 0).sum() < len(labels) for labels in (before, after))
    judged = split.judged
    return sum(int(judged[first:end].sum()) for first, end in origin.after) >= MIN_JUDGED_DECISIONS and bool((before > 0).any())


def rows_of(split: Split, decisions: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return features [rows, F], labels [rows] and groups of ranges of decisions. Of a single range, they are views."""
    edges = np.concatenate(([0], np.cumsum(split.groups, dtype=np.int64)))
    rows = [slice(edges[first], edges[end]) for first, end in decisions if end > first]
    groups = [split.groups[first:end] for first, end in decisions if end > first]
    if len(rows) == 1:
        return split.features[rows[0]], split.labels[rows[0]], groups[0]
    if not rows:
        return split.features[:0], split.labels[:0], split.groups[:0]
    features = np.concatenate([split.features[part] for part in rows])
    return features, np.concatenate([split.labels[part] for part in rows]), np.concatenate(groups)
