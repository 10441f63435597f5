"""Gradient boosted trees with a ranking objective."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Callable

import numpy as np

# Read when XGBoost is loaded. Threads that spin while they wait take three times as long on a machine that does other work.
os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')

import xgboost

from dataset import Dataset

MAX_TREES = 300
MAX_DEPTH = 6
"""Larger models hold up the thread that serves: 300 trees of depth 6 over 200 rows take it 1.4 ms."""

THREADS = 2
STOP_AFTER = 30
"""Trees without a better validation figure after which boosting stops."""

LEARNING_RATE = 0.1
# "ndcg@10-" counts a decision without a click as 0, where "ndcg@10" would count it as 1.
METRIC = 'ndcg@10-'


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
    booster = xgboost.train(
        {
            'objective': 'rank:ndcg',
            'eval_metric': METRIC,
            'tree_method': 'hist',
            'max_depth': depth,
            'eta': LEARNING_RATE,
            'subsample': 0.8,
            'colsample_bytree': 0.8,
            'base_score': 0.0,
            'seed': seed,
            'nthread': THREADS,
            'verbosity': 0,
        },
        train_matrix,
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
