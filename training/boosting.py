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
from expected_ndcg import ExpectedNdcg

MAX_TREES = 300
MAX_DEPTH = 6
"""Larger models block the event loop of the service: 300 trees of depth 6 over 200 rows take 1.4 ms."""

THREADS = 2
STOP_AFTER = 30
"""Boosting stops after this many trees without a better validation metric."""

LEARNING_RATE = 0.1


@dataclass(frozen=True)
class Objective:
    """A training objective, and the validation metric by which boosting stops."""

    name: str
    base_score: float
    metric: str
    title: str
    maximize: bool


EXPECTED_NDCG = 'expected-ndcg@10'
"""Name under which XGBoost reports the metric of `expected_ndcg.py`."""

OBJECTIVES = {
    # XGBoost's own NDCG takes candidates with equal scores in the order of the rows, so that the number of trees would depend on it.
    'order': Objective('rank:ndcg', base_score=0.0, metric=EXPECTED_NDCG, title='NDCG@10', maximize=True),
    # Both begin at a margin of 0.
    'clicks': Objective('binary:logistic', base_score=0.5, metric='logloss', title='Log loss', maximize=False),
}


@dataclass(frozen=True)
class Boosted:
    """The trees up to the best one. The curves have the metric after each tree that was tried; `gain` [F] sums to 1."""

    booster: xgboost.Booster
    objective: Objective
    trees: int
    train_curve: list[float]
    validation_curve: list[float]
    gain: np.ndarray

    def margins(self, matrix: np.ndarray) -> np.ndarray:
        """Return the raw scores, float32 [rows], of float32 [rows, F]. NaN is a missing value."""
        return self.booster.inplace_predict(matrix, predict_type='margin', missing=np.nan).reshape(-1)


class _Progress(xgboost.callback.TrainingCallback):
    def __init__(self, objective: Objective, report: Callable[[str], None]) -> None:
        self.objective = objective
        self.report = report

    def after_iteration(self, model: xgboost.Booster, epoch: int, evals_log: dict) -> bool:
        if epoch % 10 == 0:
            train, validation = (evals_log[name][self.objective.metric][-1] for name in ('train', 'validation'))
            self.report(f'Tree {epoch + 1}: {self.objective.title} {train:.4f} in training, {validation:.4f} in validation')
        return False


def boost(dataset: Dataset, max_trees: int, depth: int, seed: int, report: Callable[[str], None]) -> Boosted:
    """Fit on the train split. Stop when the metric of the validation split no longer improves.

    Validation has the true positions here: clicks were made at these. With one position for all, trees that explain clicks by what
    mostly stood on top would look best.
    """
    objective = OBJECTIVES[dataset.objective]
    train, validation = dataset.train, dataset.validation
    orders = dataset.objective == 'order'
    wanted = (lambda split: split.labels) if orders else (lambda split: split.clicked.astype(np.float32))
    train_matrix = xgboost.QuantileDMatrix(
        train.features, label=wanted(train), group=train.groups, missing=np.nan, nthread=THREADS
    )
    train.release()
    # Decisions without an order to find would only move the curve of an order by a constant.
    judged = validation.judged if orders else np.ones(validation.decisions, dtype=bool)
    shown, labels = validation.features, wanted(validation)
    if not judged.all():
        rows = np.repeat(judged, validation.groups)
        shown, labels = shown[rows], labels[rows]
    validation_matrix = xgboost.QuantileDMatrix(
        shown,
        label=labels,
        group=validation.groups[judged],
        missing=np.nan,
        nthread=THREADS,
        ref=train_matrix,
    )
    del shown
    validation.release()
    ndcg = (
        {
            id(train_matrix): ExpectedNdcg(wanted(train), train.groups),
            id(validation_matrix): ExpectedNdcg(labels, validation.groups[judged]),
        }
        if orders
        else {}
    )

    def expected_ndcg(scores: np.ndarray, matrix: xgboost.DMatrix) -> tuple[str, float]:
        return EXPECTED_NDCG, ndcg[id(matrix)].value(scores)

    curves: dict = {}
    booster = xgboost.train(
        {
            'objective': objective.name,
            **({'disable_default_eval_metric': 1} if orders else {'eval_metric': objective.metric}),
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
        },
        train_matrix,
        num_boost_round=max_trees,
        evals=[(train_matrix, 'train'), (validation_matrix, 'validation')],
        custom_metric=expected_ndcg if orders else None,
        evals_result=curves,
        verbose_eval=False,
        callbacks=[
            _Progress(objective, report),
            xgboost.callback.EarlyStopping(
                rounds=STOP_AFTER, metric_name=objective.metric, data_name='validation', maximize=objective.maximize
            ),
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
        objective=objective,
        trees=trees,
        train_curve=curves['train'][objective.metric],
        validation_curve=curves['validation'][objective.metric],
        gain=gain / gain.sum() if gain.sum() > 0 else gain,
    )
