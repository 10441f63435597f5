"""Gradient boosted trees that order the rows of a decision."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Callable

import numpy as np

# Read when XGBoost is loaded. Threads that spin while they wait take three times as long on a machine that does other work.
os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')

import xgboost

from dataset import Dataset, Split

MAX_TREES = 300
MAX_DEPTH = 6
"""Larger models hold up the thread that serves: 300 trees of depth 6 over 200 rows take it 1.4 ms."""

THREADS = 2
STOP_AFTER = 30
"""Trees without a better validation figure after which boosting stops."""

# "ndcg@10-" counts a decision without a click as 0, where "ndcg@10" would count it as 1.
METRIC = 'ndcg@10-'

_SHARED_SETTINGS = {'eval_metric': METRIC, 'tree_method': 'hist', 'base_score': 0.0, 'nthread': THREADS, 'verbosity': 0}
_RANKING = {'objective': 'rank:ndcg', 'eta': 0.1, 'subsample': 0.8, 'colsample_bytree': 0.8}
# One item of many came next: few rows tell much, so more is left to chance, and steps are shorter.
_CHOICE = {'eta': 0.07, 'subsample': 0.7, 'colsample_bytree': 0.5, 'min_child_weight': 1.0}

_SMALLEST_HESSIAN = 1e-6
"""Of a row that hardly anybody would choose: a node of such rows alone still has a cover."""


class Choice:
    """The objective where exactly one row of a decision is the positive: a choice among its rows, whose log-likelihood is maximised.

    The scores' softmax within the decision is the probability of each row (McFadden, "Conditional logit analysis of qualitative choice
    behavior", 1974; as a loss for ranking ListNet's, Cao et al., 2007).
    """

    def __init__(self, split: Split) -> None:
        self._groups, self._starts = split.groups, split.starts
        self._chosen = split.clicked.astype(np.float32)

    def __call__(self, margins: np.ndarray, _: xgboost.DMatrix) -> tuple[np.ndarray, np.ndarray]:
        """The gradient and the diagonal of the hessian, each float32 [rows]."""
        weights = np.exp(margins - np.repeat(np.maximum.reduceat(margins, self._starts), self._groups))
        probabilities = weights / np.repeat(np.add.reduceat(weights, self._starts), self._groups)
        return probabilities - self._chosen, np.maximum(probabilities * (1 - probabilities), _SMALLEST_HESSIAN)


@dataclass(frozen=True)
class Boosted:
    """The trees up to the best one. The curves are NDCG@10 after each tree that was tried; `gain` [F] sums to 1."""

    booster: xgboost.Booster
    trees: int
    train_curve: list[float]
    validation_curve: list[float]
    gain: np.ndarray

    def margins(self, matrix: np.ndarray) -> np.ndarray:
        """float32 [rows]: raw scores of float32 [rows, F], NaN being a missing value."""
        return self.booster.inplace_predict(matrix, predict_type='margin', missing=np.nan).reshape(-1)


class _Progress(xgboost.callback.TrainingCallback):
    def __init__(self, report: Callable[[str], None]) -> None:
        self.report = report

    def after_iteration(self, model: xgboost.Booster, epoch: int, evals_log: dict) -> bool:
        if epoch % 10 == 0:
            train, validation = (evals_log[name][METRIC][-1] for name in ('train', 'validation'))
            self.report(f'Tree {epoch + 1}: NDCG@10 {train:.4f} in training, {validation:.4f} in validation')
        return False


def boost(dataset: Dataset, max_trees: int, depth: int, seed: int, report: Callable[[str], None]) -> Boosted:
    """Fit on the train split, and stop where the validation split, as served, no longer gains."""
    train, validation = dataset.train, dataset.validation
    train_matrix = xgboost.QuantileDMatrix(
        train.features, label=train.labels, group=train.groups, missing=np.nan, nthread=THREADS
    )
    # Decisions without an order to find would only move the curve by a constant.
    judged = validation.judged
    rows = np.repeat(judged, validation.groups)
    validation_matrix = xgboost.QuantileDMatrix(
        dataset.as_served(validation)[rows],
        label=validation.labels[rows],
        group=validation.groups[judged],
        missing=np.nan,
        nthread=THREADS,
        ref=train_matrix,
    )
    curves: dict = {}
    choice = dataset.label == 'next_item'
    booster = xgboost.train(
        {**_SHARED_SETTINGS, **(_CHOICE if choice else _RANKING), 'max_depth': depth, 'seed': seed},
        train_matrix,
        obj=Choice(train) if choice else None,
        num_boost_round=max_trees,
        evals=[(train_matrix, 'train'), (validation_matrix, 'validation')],
        evals_result=curves,
        verbose_eval=False,
        callbacks=[
            _Progress(report),
            xgboost.callback.EarlyStopping(rounds=STOP_AFTER, metric_name=METRIC, data_name='validation', maximize=True),
        ],
    )
    trees = booster.best_iteration + 1
    booster = booster[:trees]
    booster.set_param({'nthread': THREADS})
    gain = np.zeros(len(dataset.features))
    for name, value in booster.get_score(importance_type='total_gain').items():
        gain[int(name[1:])] = value
    return Boosted(
        booster=booster,
        trees=trees,
        train_curve=curves['train'][METRIC],
        validation_curve=curves['validation'][METRIC],
        gain=gain / gain.sum() if gain.sum() > 0 else gain,
    )
