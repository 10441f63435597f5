"""The trained model beside other rankings of the candidates of the validation split.

Next items are judged by MRR@20, first at decisions whose next item is new to the session: no ranking has the items of the session
there. Slates are judged by NDCG@10 of the shown items, each ranking in its own order. The order in which they were shown is no ranking
here: people click at the top, whatever stands there.

Where the dataset has the part `static`, the same decisions are judged again on the state at the start of the split.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataset import KINDS, MIN_JUDGED_DECISIONS, Dataset, Split
from expected_gain import MRR_20, NDCG_10, ExpectedGain
from paired_interval import Interval, paired_interval

MODELS = {'shipped': 'the model that comes with Liverank', 'compared': 'the model to compare with'}
"""What the rankings of other models are, by their names. They are no baselines."""


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
    differences: dict[str, Interval]
    """The model minus each ranking, with intervals that hold together."""
    of_this: dict[str, Interval]
    """The same for this very model: over users alone, whatever another seed gives."""

    def is_ahead(self, name: str) -> bool:
        """Return whether a ranking is ahead of this very model beyond chance."""
        return self.of_this[name].high < 0


@dataclass(frozen=True)
class Comparison:
    """Row sets, the one that decides first; none if nothing can be compared."""

    measure: str
    sets: list[RowSet]

    def as_json(self) -> dict:
        """Return the comparison for `metrics.json`. An interval without ends is null."""

        def interval(of: Interval) -> dict | None:
            return vars(of) if np.isfinite(of.low) else None

        return {
            'measure': self.measure,
            'sets': [
                {
                    **{'name': of.name, 'decisions': of.decisions, 'users': of.users, 'seeds': of.seeds, 'values': of.values},
                    **{'best': of.best, 'differences': {name: interval(one) for name, one in of.differences.items()}},
                    'ofThisModel': {name: interval(one) for name, one in of.of_this.items()},
                }
                for of in self.sets
            ],
        }


def compare(dataset: Dataset, margins: dict[str, list[np.ndarray]]) -> Comparison:
    """Compare the models with the other rankings.

    `margins` are their raw scores [rows] by the name of the part, one array for each seed, the kept one first.
    """
    if all(name in MODELS for name in dataset.rankings):
        return Comparison('', [])
    is_of_slates = dataset.label == 'impressions'
    discounts = NDCG_10 if is_of_slates else MRR_20
    sets = [
        _row_set(dataset, part, margins[part.name], of, discounts)
        for part in (dataset.validation, dataset.static)
        for of in (_of_slates(part) if is_of_slates else _of_next_items(part))
        if of.chosen.sum() >= MIN_JUDGED_DECISIONS
    ]
    return Comparison('NDCG@10' if is_of_slates else 'MRR@20', sets)


@dataclass(frozen=True)
class _Wanted:
    name: str
    chosen: np.ndarray
    """bool [decisions]"""
    kinds: tuple[str, ...]
    """Of the missed decisions that belong to the row set."""
    drops_session: bool = False
    """Whether items on which the session has acted are no candidates."""


def _of_slates(part: Split) -> list[_Wanted]:
    return [_Wanted('shown slates' + _state(part), part.judged, ('shown',))]


def _of_next_items(part: Split) -> list[_Wanted]:
    is_new = part.kinds == KINDS.index('new')
    return [
        _Wanted('next items new to the session' + _state(part), is_new, ('new',), drops_session=True),
        _Wanted('all next items' + _state(part), np.ones(part.decisions, dtype=bool), KINDS),
    ]


def _state(part: Split) -> str:
    return ', static' if part.name == 'static' else ''


def _row_set(dataset: Dataset, part: Split, margins: list[np.ndarray], wanted: _Wanted, discounts: np.ndarray) -> RowSet:
    chosen, ranked = wanted.chosen, dataset.ranked[part.name]
    decision = np.repeat(np.arange(part.decisions), part.groups)
    rows = chosen[decision]
    if wanted.drops_session:
        rows &= ~ranked.in_session
    groups = np.bincount(decision[rows], minlength=part.decisions)[chosen]
    metric = ExpectedGain(part.labels[rows], groups, discounts)
    # A missed decision counts 0 for every ranking.
    missed = sum(part.missed_by_kind[kind] for kind in wanted.kinds)
    share = chosen.sum() / (chosen.sum() + missed)
    models = [share * metric.values(of[rows]) for of in margins]
    # A source that brings nothing, such as lists that nobody uploaded, is no ranking.
    names = [(column, of) for column, of in enumerate(dataset.rankings) if np.isfinite(ranked.scores[:, column]).any()]
    others = {of: share * metric.values(ranked.scores[rows, column]) for column, of in names}
    values = {of: float(value.mean()) for of, value in others.items()}
    users = part.users[chosen]
    seeds = np.array([of.mean() for of in models])
    of_this = {of: paired_interval(models[0] - value, users, seeds[:1], len(others)) for of, value in others.items()}
    return RowSet(
        name=wanted.name,
        decisions=int(chosen.sum()) + missed,
        users=len(np.unique(users)),
        seeds=seeds.tolist(),
        values=values,
        best=max((of for of in values if of not in MODELS), key=lambda of: values[of]),
        differences={of: paired_interval(models[0] - value, users, seeds, len(others)) for of, value in others.items()},
        of_this=of_this,
    )
