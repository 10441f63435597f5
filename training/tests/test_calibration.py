"""Calibration of scores to clicks."""

from __future__ import annotations

import math
import unittest

import numpy as np

from calibration import fit_calibration, reliability, sigmoid
from errors import TrainingError


class CalibrationFit(unittest.TestCase):
    def test_recovers_the_curve_that_made_the_clicks(self) -> None:
        random = np.random.default_rng(4)
        raw = random.normal(size=200_000).astype(np.float32)
        clicked = random.random(len(raw)) < sigmoid(1.8 * raw - 3.0)
        fitted = fit_calibration(raw, clicked)
        self.assertAlmostEqual(fitted.slope, 1.8, delta=0.05)
        self.assertAlmostEqual(fitted.intercept, -3.0, delta=0.05)
        for bin in reliability(fitted.probabilities(raw), clicked):
            self.assertAlmostEqual(bin['predicted'], bin['observed'], delta=0.01)

    def test_separable_scores_stay_finite(self) -> None:
        raw = np.concatenate((np.full(500, -3.0), np.full(50, 40.0))).astype(np.float32)
        fitted = fit_calibration(raw, raw > 0)
        self.assertTrue(math.isfinite(fitted.slope) and fitted.slope > 0)
        # Platt's targets keep probabilities off 0 and 1.
        np.testing.assert_allclose(fitted.probabilities(raw[[0, -1]]), [1 / 502, 51 / 52], rtol=1e-3)

    def test_scores_that_fall_as_clicks_rise_are_refused(self) -> None:
        raw = np.linspace(-1, 1, 400).astype(np.float32)
        with self.assertRaisesRegex(TrainingError, 'do not rise'):
            fit_calibration(raw, raw < 0)

    def test_the_sigmoid_does_not_overflow(self) -> None:
        with np.errstate(all='raise'):
            self.assertEqual(sigmoid(np.array([-700.0, 0.0, 700.0]))[1:].tolist(), [0.5, 1.0])
