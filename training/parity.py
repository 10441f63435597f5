"""Checks that the ONNX model and the Python model give the same scores, and rows with which TypeScript checks the same."""

from __future__ import annotations

import numpy as np
import xgboost

from errors import TrainingError
from onnx_runtime import onnxruntime

TOLERANCE = 1e-5
SAMPLE_ROWS = 200
CONTRIBUTION_ROWS = 20
_BATCH_ROWS = 65536


def run_onnx(model: bytes, matrix: np.ndarray) -> np.ndarray:
    """Return the scores of onnxruntime, float32 [rows], for float32 [rows, F]. It uses one thread, as the service does."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=['CPUExecutionProvider'])
    batches = [
        session.run(['score'], {'features': np.ascontiguousarray(matrix[first : first + _BATCH_ROWS], dtype=np.float32)})[0]
        for first in range(0, len(matrix), _BATCH_ROWS)
    ]
    return np.concatenate(batches)


def check_parity(model: bytes, matrix: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the largest difference over all rows. Raises TrainingError if it is above 1e-5."""
    scores = run_onnx(model, matrix)
    if scores.shape != probabilities.shape:
        raise TrainingError(
            f'The ONNX model gives scores of shape {scores.shape}, but the Python model gives {probabilities.shape}: '
            f'report this as a defect of the export.'
        )
    difference = np.abs(scores - probabilities)
    worst = int(np.argmax(difference))
    # Negated so that a NaN counts as apart.
    if not difference[worst] <= TOLERANCE:
        raise TrainingError(
            f'The ONNX model scores row {worst} of the test split {scores[worst]:.7f}, but XGBoost gives '
            f'{probabilities[worst]:.7f}, which is more than {TOLERANCE} apart: report this as a defect of the export.'
        )
    return float(difference[worst])


def parity_sample(features: list[str], matrix: np.ndarray, probabilities: np.ndarray, booster: xgboost.Booster) -> dict:
    """Return up to 200 rows spread over the matrix, null for a missing value, with their Python scores.

    Of the first 20 of them also what each feature adds to the raw score, and what the trees give on average: XGBoost's
    `pred_contribs`, to seven digits.
    """
    chosen = np.linspace(0, len(matrix) - 1, min(SAMPLE_ROWS, len(matrix))).astype(np.int64)
    explained = xgboost.DMatrix(matrix[chosen[:CONTRIBUTION_ROWS]], missing=np.nan)
    contributions = booster.predict(explained, pred_contribs=True)
    return {
        'features': features,
        'tolerance': TOLERANCE,
        'rows': [[None if np.isnan(value) else float(value) for value in matrix[row]] for row in chosen],
        'scores': [float(probabilities[row]) for row in chosen],
        'contributions': [[float(f'{value:.7g}') for value in row[:-1]] for row in contributions],
        'base': float(contributions[0, -1]),
    }
