"""The trained model beside other rankings of the candidates of the validation split.

Next items are judged by MRR@20, first at decisions whose next item is new to the session: no ranking has the items of the session
there. Slates are judged by NDCG@10 of the shown items, each ranking in its own order. The order in which they were shown is no ranking
here: people click at the top, whatever stands there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataset import KINDS, MIN_JUDGED_DECISIONS, Dataset
from expected_gain import MRR_20, NDCG_10, ExpectedGain
from paired_interval import Interval, paired_interval

SHIPPED = 'shipped'
"""Name of the ranking by the model that comes with the package. It is no baseline."""


@dataclass(frozen=True)
class RowSet:
    """Decisions of one kind. `values` has the mean metric of each ranking, `seeds` that of the model for each seed."""

    name: str
    decisions: int
    users: int
    seeds: list[float]
    values: dict[str, float]
    best: str
    """The baseline with the highest mean."""
    to_best: Interval
    """The model minus this baseline."""
    to_shipped: Interval | None
    """The model minus the model that comes with the package; None if it does not take part."""


@dataclass(frozen=True)
class Comparison:
    """Row sets, the one that decides first; none if nothing can be compared."""

    measure: str
    sets: list[RowSet]

    def as_json(self) -> dict:
        """Return the comparison for `metrics.json`. An interval without ends is null."""

        def interval(of: Interval | None) -> dict | None:
            return None if of is None or not np.isfinite(of.low) else vars(of)

        return {
            'measure': self.measure,
            'sets': [
                {
                    **{'name': of.name, 'decisions': of.decisions, 'users': of.users, 'seeds': of.seeds, 'values': of.values},
                    **{'best': of.best, 'toBest': interval(of.to_best), 'toShipped': interval(of.to_shipped)},
                }
                for of in self.sets
            ],
        }


def compare(dataset: Dataset, margins: list[np.ndarray]) -> Comparison:
    """Compare the models with the other rankings. `margins` are their raw scores [rows], one array for each seed, the kept one first."""
    split = dataset.validation
    if all(name == SHIPPED for name in dataset.rankings):
        return Comparison('', [])
    if dataset.label == 'impressions':
        wanted = [_Wanted('shown slates', split.judged, ('shown',))]
        return Comparison('NDCG@10', _row_sets(dataset, margins, wanted, NDCG_10))
    wanted = [
        _Wanted('next items new to the session', split.kinds == KINDS.index('new'), ('new',), drops_session=True),
        _Wanted('all next items', np.ones(split.decisions, dtype=bool), KINDS),
    ]
    return Comparison('MRR@20', _row_sets(dataset, margins, wanted, MRR_20))


@dataclass(frozen=True)
class _Wanted:
    name: str
    chosen: np.ndarray
    """bool [decisions]"""
    kinds: tuple[str, ...]
    """Of the missed decisions that belong to the row set."""
    drops_session: bool = False
    """Whether items on which the session has acted are no candidates."""


def _row_sets(dataset: Dataset, margins: list[np.ndarray], wanted: list[_Wanted], discounts: np.ndarray) -> list[RowSet]:
    return [_row_set(dataset, margins, of, discounts) for of in wanted if of.chosen.sum() >= MIN_JUDGED_DECISIONS]


def _row_set(dataset: Dataset, margins: list[np.ndarray], wanted: _Wanted, discounts: np.ndarray) -> RowSet:
    split, chosen = dataset.validation, wanted.chosen
    decision = np.repeat(np.arange(split.decisions), split.groups)
    rows = chosen[decision]
    if wanted.drops_session:
        rows &= ~dataset.in_session
    groups = np.bincount(decision[rows], minlength=split.decisions)[chosen]
    metric = ExpectedGain(split.labels[rows], groups, discounts)
    # A missed decision counts 0 for every ranking.
    missed = sum(split.missed_by_kind[kind] for kind in wanted.kinds)
    share = chosen.sum() / (chosen.sum() + missed)
    models = [share * metric.values(of[rows]) for of in margins]
    others = {of: share * metric.values(dataset.ranked[rows, column]) for column, of in enumerate(dataset.rankings)}
    values = {of: float(value.mean()) for of, value in others.items()}
    best = max((of for of in values if of != SHIPPED), key=lambda of: values[of])
    users = split.users[chosen]
    seeds = np.array([of.mean() for of in models])
    interval = lambda of: paired_interval(models[0] - others[of], users, seeds)
    return RowSet(
        name=wanted.name,
        decisions=int(chosen.sum()) + missed,
        users=len(np.unique(users)),
        seeds=seeds.tolist(),
        values=values,
        best=best,
        to_best=interval(best),
        to_shipped=interval(SHIPPED) if SHIPPED in others else None,
    )
