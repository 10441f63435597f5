"""The contract of a model file: its `liverank.contract` entry, which the service reads before it serves the model."""

from __future__ import annotations

import platform
from datetime import datetime, timezone

import numpy
import onnx
import xgboost

from boosting import Boosted
from calibration import Calibration
from dataset import Dataset

FORMAT = 1


def build_contract(dataset: Dataset, boosted: Boosted, calibration: Calibration, test_metrics: dict) -> dict:
    """The contract of fitted trees as JSON."""
    return {**describe(dataset, calibration, test_metrics, {'xgboost': xgboost.__version__}), 'trees': boosted.trees}


def describe(dataset: Dataset, calibration: Calibration, test_metrics: dict, made_with: dict[str, str]) -> dict:
    """Return the entries that every contract has. The features are in the order of the columns of the model's input."""
    test = dataset.test
    return {
        'format': FORMAT,
        'features': [{'name': name, 'type': 'float32'} for name in dataset.features],
        'positionFeature': dataset.position_feature,
        'positionAtServing': dataset.position_at_serving,
        'layoutVersion': dataset.layout_version,
        'accumulators': dataset.accumulators,
        'dataHash': dataset.data_hash,
        'dataNames': dataset.data_names,
        'trainedAt': datetime.now(timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ'),
        'metrics': {**test_metrics, 'rows': test.rows, 'decisions': test.decisions + test.missed, 'missed': test.missed},
        'calibration': {'slope': calibration.slope, 'intercept': calibration.intercept},
        'versions': {
            **made_with,
            'onnx': onnx.__version__,
            'numpy': numpy.__version__,
            'python': platform.python_version(),
        },
    }
