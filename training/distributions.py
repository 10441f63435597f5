"""How the features of the training are distributed, so that the service can tell whether its own features have drifted from them."""

from __future__ import annotations

import numpy as np

from dataset import Dataset

SAMPLED_ROWS = 20_000
"""With so many rows, the share of a tenth is known to 0.2 percentage points."""

CUTS = np.arange(1, 10) / 10


def distributions(dataset: Dataset) -> dict[str, dict]:
    """Return, by feature, the share of missing values, and bins with about a tenth of the other values each.

    `upTo` is the largest value of a bin, null for the last one. Shares are of all rows: those of a feature add up to 1. Values that
    occur often make bins larger, and fewer. The position is left out: the service does not compute it.
    """
    rows = np.linspace(0, dataset.train.rows - 1, min(SAMPLED_ROWS, dataset.train.rows)).astype(np.int64)
    sample = np.array(dataset.train.features[rows])
    dataset.train.release()
    return {
        name: _distribution(sample[:, index]) for index, name in enumerate(dataset.features) if name != dataset.position_feature
    }


def _distribution(values: np.ndarray) -> dict:
    present = values[~np.isnan(values)]
    if len(present) == 0:
        return {'missing': 1.0, 'bins': []}
    # Values of the sample themselves, so that the service compares equal numbers.
    edges = np.unique(np.quantile(present, CUTS, method='inverted_cdf'))
    edges = edges[edges < present.max()]
    counts = np.bincount(np.searchsorted(edges, present, side='left'), minlength=len(edges) + 1)
    return {
        'missing': 1 - len(present) / len(values),
        'bins': [
            {'upTo': None if edge is None else float(edge), 'share': float(count / len(values))}
            for edge, count in zip([*edges, None], counts)
        ],
    }
