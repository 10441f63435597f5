"""Gradient boosted trees with a ranking objective or a pointwise click objective."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Callable

import numpy as np

# Read when XGBoost is loaded. Threads that spin while they wait take three times as long on a machine that does other work.
os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')

import xgboost

from dataset import Dataset
from expected_gain import ExpectedGain
from rolling_origins import rolling_origins, rows_of

MAX_TREES = 300
MAX_DEPTH = 6
"""Larger models block the event loop of the service: 300 trees of depth 6 over 200 rows take 1.4 ms."""

THREADS = 2
STOP_AFTER = 30
"""The search for the number of trees ends after this many trees without a better metric."""

LEARNING_RATE = 0.1


@dataclass(frozen=True)
class Objective:
    """A training objective, and the metric that decides how many trees a model has."""

    name: str
    base_score: float
    title: str
    maximize: bool


OBJECTIVES = {
    'order': Objective('rank:ndcg', base_score=0.0, title='NDCG@10', maximize=True),
    # Both begin at a margin of 0.
    'clicks': Objective('binary:logistic', base_score=0.5, title='Log loss', maximize=False),
}


@dataclass(frozen=True)
class TreeChoice:
    """How many trees a model has, and why. `parts` has, for each part that was judged, the metric after each tree that was tried."""

    trees: int
    objective: Objective
    is_rolling: bool
    """Whether the parts are those after rolling origins of the train split. Otherwise the one part is the validation split."""
    parts: list[list[float]]

    @property
    def curve(self) -> list[float]:
        """Return the mean over the parts, after each tree."""
        return np.mean(self.parts, axis=0).tolist()

    @property
    def where(self) -> str:
        return f'the {len(self.parts)} parts after rolling origins' if self.is_rolling else 'the validation split'


@dataclass(frozen=True)
class Boosted:
    """Fitted trees. `gain` [F] sums to 1."""

    booster: xgboost.Booster
    objective: Objective
    trees: int
    gain: np.ndarray

    def margins(self, matrix: np.ndarray) -> np.ndarray:
        """Return the raw scores, float32 [rows], of float32 [rows, F]. NaN is a missing value."""
        return self.booster.inplace_predict(matrix, predict_type='margin', missing=np.nan).reshape(-1)


class _Part:
    """A model that learns from some decisions, and is judged on others."""

    def __init__(self, dataset: Dataset, learned: xgboost.QuantileDMatrix, judged: tuple, parameters: dict) -> None:
        features, labels, groups = judged
        self._learned = learned
        self._judged = xgboost.QuantileDMatrix(features, missing=np.nan, nthread=THREADS, ref=learned)
        self._booster = xgboost.Booster(parameters, cache=[learned, self._judged])
        self._measure = ExpectedGain(labels, groups).value if dataset.objective == 'order' else _log_loss(labels > 0)
        self.curve: list[float] = []

    def grow(self) -> None:
        """Add a tree, and judge the model."""
        self._booster.update(self._learned, len(self.curve))
        self.curve.append(self._measure(self._booster.predict(self._judged, output_margin=True)))


def _log_loss(clicked: np.ndarray) -> Callable[[np.ndarray], float]:
    return lambda margins: float(np.mean(np.logaddexp(0, margins.astype(np.float64)) - clicked * margins))


def choose_trees(dataset: Dataset, max_trees: int, depth: int, seed: int, report: Callable[[str], None]) -> TreeChoice:
    """Return the number of trees with the best mean metric on the parts after rolling origins.

    If the train split is too short for them, the metric on the validation split decides. The parts have the true positions: clicks were
    made at these. With one position for all, trees that explain clicks by what mostly stood on top would look best.
    """
    objective = OBJECTIVES[dataset.objective]
    parameters = _parameters(dataset, depth, seed)
    origins = rolling_origins(dataset)
    parts = []
    for origin in origins:
        learned = _matrix(dataset, *rows_of(dataset.train, origin.before))
        parts.append(_Part(dataset, learned, rows_of(dataset.train, origin.after), parameters))
    if not parts:
        report('The training period is too short for rolling origins, so the validation split decides how many trees the model has')
        parts = [_Part(dataset, train_matrix(dataset), _judged_rows(dataset), parameters)]
    dataset.train.release()
    dataset.validation.release()
    best, trees = -np.inf, 0
    for tree in range(max_trees):
        for part in parts:
            part.grow()
        value = float(np.mean([part.curve[-1] for part in parts]))
        if tree % 10 == 0:
            report(f'Tree {tree + 1}: {objective.title} {value:.4f}')
        quality = value if objective.maximize else -value
        if quality > best:
            best, trees = quality, tree + 1
        elif tree + 1 - trees >= STOP_AFTER:
            break
    return TreeChoice(trees, objective, len(origins) > 0, [part.curve for part in parts])


def _judged_rows(dataset: Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows of the validation split that have an order to find: others would only move the curve by a constant."""
    split = dataset.validation
    judged = split.judged
    if dataset.objective == 'clicks' or judged.all():
        return split.features, split.labels, split.groups
    rows = np.repeat(judged, split.groups)
    return split.features[rows], split.labels[rows], split.groups[judged]


def train_matrix(dataset: Dataset) -> xgboost.QuantileDMatrix:
    """Return the whole train split as XGBoost reads it."""
    split = dataset.train
    matrix = _matrix(dataset, split.features, split.labels, split.groups)
    split.release()
    return matrix


def boost(dataset: Dataset, matrix: xgboost.QuantileDMatrix, trees: int, depth: int, seed: int) -> Boosted:
    """Fit so many trees to the train split. @param matrix what `train_matrix` returns"""
    booster = xgboost.train(_parameters(dataset, depth, seed), matrix, num_boost_round=trees, verbose_eval=False)
    gain = np.zeros(len(dataset.features))
    for name, value in booster.get_score(importance_type='total_gain').items():
        gain[int(name[1:])] = value
    return Boosted(booster, OBJECTIVES[dataset.objective], trees, gain / gain.sum() if gain.sum() > 0 else gain)


def _matrix(dataset: Dataset, features: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> xgboost.QuantileDMatrix:
    wanted = labels if dataset.objective == 'order' else (labels > 0).astype(np.float32)
    return xgboost.QuantileDMatrix(features, label=wanted, group=groups, missing=np.nan, nthread=THREADS)


def _parameters(dataset: Dataset, depth: int, seed: int) -> dict:
    objective = OBJECTIVES[dataset.objective]
    return {
        'objective': objective.name,
        'disable_default_eval_metric': 1,
        'tree_method': 'hist',
        'max_depth': depth,
        'eta': LEARNING_RATE,
        'subsample': 0.8,
        'colsample_bytree': 0.8,
        'base_score': objective.base_score,
        **({'monotone_constraints': tuple(dataset.monotone.get(name, 0) for name in dataset.features)} if dataset.monotone else {}),
        'seed': seed,
        'nthread': THREADS,
        'verbosity': 0,
    }
