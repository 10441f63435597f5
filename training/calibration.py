"""Calibration of raw ranking scores to click probabilities.

Platt scaling: p = 1 / (1 + exp(-(slope * raw + intercept))), fitted by Newton's method with halved steps and with
Platt's smoothed targets (Platt, "Probabilistic outputs for support vector machines", 1999; Lin, Lin and Weng, "A note
on Platt's probabilistic outputs for support vector machines", 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from errors import TrainingError

BINS = 10
_ITERATIONS = 100
_SMALLEST_STEP = 1e-10
_CONVERGED = 1e-9


@dataclass(frozen=True)
class Calibration:
    slope: float
    intercept: float

    def probabilities(self, raw: np.ndarray) -> np.ndarray:
        """Return the click probabilities, float64 [rows] in (0, 1)."""
        return sigmoid(self.slope * raw.astype(np.float64) + self.intercept)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Return the logistic function of the values, without overflow."""
    tail = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, tail) / (1 + tail)


def fit_calibration(raw: np.ndarray, clicked: np.ndarray) -> Calibration:
    """Fit to raw scores [rows] and clicks (bool [rows], both classes present)."""
    raw = raw.astype(np.float64)
    positives, negatives = int(clicked.sum()), int((~clicked).sum())
    target = np.where(clicked, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(slope: float, intercept: float) -> float:
        z = slope * raw + intercept
        return float(np.sum(np.logaddexp(0, z) - target * z))

    slope, intercept = 0.0, float(np.log((positives + 1) / (negatives + 1)))
    current = loss(slope, intercept)
    for _ in range(_ITERATIONS):
        p = sigmoid(slope * raw + intercept)
        error, weight = p - target, p * (1 - p)
        gradient = np.array([np.dot(error, raw), error.sum()])
        if np.abs(gradient).max() < _CONVERGED * len(raw):
            break
        across = np.dot(weight, raw)
        # The ridge keeps the matrix invertible when all raw scores are equal.
        hessian = np.array([[np.dot(weight, raw * raw), across], [across, weight.sum()]]) + 1e-12 * np.eye(2)
        direction = -np.linalg.solve(hessian, gradient)
        step, descent = 1.0, float(gradient @ direction)
        while step > _SMALLEST_STEP:
            trial = loss(slope + step * direction[0], intercept + step * direction[1])
            if trial < current + 1e-4 * step * descent:
                break
            step /= 2
        else:
            break
        slope, intercept, current = slope + step * direction[0], intercept + step * direction[1], trial
    if slope <= 0:
        raise TrainingError(
            'Clicks in the validation split do not rise with the score of the model, so the model has learned nothing that applies '
            'there: replay a longer log, or one whose items differ.'
        )
    return Calibration(float(slope), float(intercept))


def flat_calibration(clicked: np.ndarray) -> Calibration:
    """Return a calibration that gives nearly the same probability to all rows, for raw scores that say nothing of the clicks."""
    positives, negatives = int(clicked.sum()), int((~clicked).sum())
    return Calibration(1e-3, float(np.log((positives + 1) / (negatives + 1))))


def reliability(probabilities: np.ndarray, clicked: np.ndarray) -> list[dict]:
    """Return predicted and observed click rates in bins of equal size, from the least to the most probable rows."""
    order = np.argsort(probabilities, kind='stable')
    return [
        {
            'rows': len(rows),
            'predicted': float(probabilities[rows].mean()),
            'observed': float(clicked[rows].mean()),
        }
        for rows in np.array_split(order, BINS)
        if len(rows) > 0
    ]
