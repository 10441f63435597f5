"""The exported model says what XGBoost says."""

from __future__ import annotations

import numpy as np
import onnx

import parity
from boosting import boost, train_matrix
from calibration import Calibration
from dataset import read_dataset
from errors import TrainingError
from onnx_export import export_onnx
from synthetic_dataset import FEATURES, InFolder, make_splits, write_dataset


class Export(InFolder):
    def setUp(self) -> None:
        super().setUp()
        self.dataset = read_dataset(write_dataset(self.folder / 'data', make_splits()))
        self.boosted = boost(self.dataset, train_matrix(self.dataset), 60, 6, 7)
        self.calibration = Calibration(1.7, -2.1)
        self.model = export_onnx(self.boosted.booster, len(FEATURES), self.calibration, {})

    def attribute(self, name: str) -> onnx.AttributeProto:
        return next(attribute for attribute in self.model.graph.node[0].attribute if attribute.name == name)

    def hard_rows(self) -> np.ndarray:
        """Rows that hold thresholds themselves and their neighbours, and every combination of missing values."""
        random = np.random.default_rng(3)
        columns = np.array(self.attribute('nodes_featureids').ints)
        thresholds = np.array(self.attribute('nodes_values').floats)
        inner = np.array([mode != b'LEAF' for mode in self.attribute('nodes_modes').strings])
        rows = np.empty((4000, len(FEATURES)), dtype=np.float32)
        for column in range(len(FEATURES)):
            values = thresholds[inner & (columns == column)].astype(np.float32)
            around = np.concatenate((values, np.nextafter(values, np.float32(9)), np.nextafter(values, np.float32(-9))))
            rows[:, column] = random.choice(around, len(rows))
        rows[random.random(rows.shape) < 0.25] = np.nan
        for pattern in range(2 ** len(FEATURES)):
            rows[pattern, [bool(pattern >> column & 1) for column in range(len(FEATURES))]] = np.nan
        return rows

    def difference(self) -> float:
        rows = self.hard_rows()
        expected = self.calibration.probabilities(self.boosted.margins(rows))
        return parity.check_parity(self.model.SerializeToString(), rows, expected)

    def test_thresholds_and_missing_values_go_where_xgboost_sends_them(self) -> None:
        self.assertLess(self.difference(), 1e-5)

    def test_parity_notices_missing_values_sent_the_other_way(self) -> None:
        tracks = self.attribute('nodes_missing_value_tracks_true')
        tracks.ints[:] = [1 - value for value in tracks.ints]
        with self.assertRaisesRegex(TrainingError, 'more than 1e-05 apart'):
            self.difference()

    def test_parity_notices_another_comparison(self) -> None:
        modes = self.attribute('nodes_modes')
        modes.strings[:] = [b'BRANCH_LEQ' if mode == b'BRANCH_LT' else mode for mode in modes.strings]
        with self.assertRaisesRegex(TrainingError, 'more than 1e-05 apart'):
            self.difference()

    def test_parity_notices_another_base_score(self) -> None:
        self.attribute('base_values').floats[0] += 0.5
        with self.assertRaisesRegex(TrainingError, 'more than 1e-05 apart'):
            self.difference()

    def test_parity_notices_scores_that_are_not_numbers(self) -> None:
        rows = self.hard_rows()[:4]
        with self.assertRaisesRegex(TrainingError, 'apart'):
            parity.check_parity(self.model.SerializeToString(), rows, np.array([np.nan] * 4))

    def test_opsets_are_those_that_the_service_loads(self) -> None:
        self.assertEqual(self.model.ir_version, 8)
        self.assertEqual({opset.domain: opset.version for opset in self.model.opset_import}, {'': 17, 'ai.onnx.ml': 3})
