"""Scores of an earlier model on the test split of a dataset."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx

from dataset import Dataset
from errors import TrainingError
from onnx_export import CONTRACT_KEY
from parity import run_onnx


def score_with(folder: Path, dataset: Dataset) -> np.ndarray:
    """Return the scores of the test split, float32 [rows], with the position fixed as in the service. Raises TrainingError."""
    path = folder / 'model.onnx'
    try:
        model = path.read_bytes()
        contract = json.loads({entry.key: entry.value for entry in onnx.load_from_string(model).metadata_props}[CONTRACT_KEY])
    except OSError as error:
        raise TrainingError(f'{path} cannot be read ({error.strerror}): give --compare a model folder.') from error
    except Exception as error:
        raise TrainingError(f'{path} has no contract of Liverank: give --compare a model folder.') from error
    if contract['layoutVersion'] != dataset.layout_version:
        raise TrainingError(f'{path} was trained on another feature layout, so it cannot be compared: train it again.')
    test = dataset.test
    matrix = np.empty((test.rows, len(contract['features'])), dtype=np.float32)
    for column, name in enumerate(feature['name'] for feature in contract['features']):
        if name == contract['positionFeature']:
            matrix[:, column] = contract['positionAtServing']
        elif name in dataset.features:
            matrix[:, column] = test.features[:, dataset.features.index(name)]
        else:
            raise TrainingError(
                f'{path} needs the feature {name}, which the dataset does not have: choose the same --features. '
                'Datasets for the pointwise objective have no features of users and sessions.'
            )
    return run_onnx(model, matrix)
