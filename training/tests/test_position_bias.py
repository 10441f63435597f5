"""Where an item stood is not taken for how good it is."""

from __future__ import annotations

import numpy as np

import parity
from calibration import sigmoid
from dataset import SPLITS
from synthetic_dataset import InFolder, write_dataset


class PositionBias(InFolder):
    """Clicks of the position-based model, as `lab/simulation/examination.ts` has it: looked at, times appealing, and no more."""

    ITEMS, SLATE = 80, 12

    def setUp(self) -> None:
        super().setUp()
        random = np.random.default_rng(5)
        self.quality = random.normal(0, 1.5, self.ITEMS)
        # Where an item mostly stands is decided by nothing that anyone likes.
        self.place = random.permutation(self.ITEMS).astype(float)
        items, clicks, shown, clicked = self._slates(random, 3000)
        self.click_rate = clicks / shown
        # As the service corrects it: clicks over those that the places of the item bring on average.
        expected = np.bincount(items.reshape(-1), weights=np.tile(clicked.mean(axis=0), len(items)), minlength=self.ITEMS)
        self.coec = (clicks + 1) / (expected + 1)

    def _slates(self, random: np.random.Generator, decisions: int):
        """Items [decisions, slate] in the order in which they were shown, clicks and impressions by item, and what was clicked."""
        items = np.stack([random.choice(self.ITEMS, self.SLATE, replace=False) for _ in range(decisions)])
        order = np.argsort(self.place[items] + random.normal(0, 30, items.shape), axis=1)
        items = np.take_along_axis(items, order, axis=1)
        looked_at = np.arange(1, self.SLATE + 1) ** (-0.55 / 0.35)
        clicked = random.random(items.shape) < looked_at * sigmoid(self.quality[items] - 1)
        count = lambda weights: np.bincount(items.reshape(-1), weights=weights.reshape(-1), minlength=self.ITEMS)
        return items, count(clicked.astype(float)), count(np.ones(items.shape)), clicked

    def _scores(self, with_position: bool) -> np.ndarray:
        """By item, what a model gives that was trained on such slates: a hint of the quality, and the click rates so far."""
        random = np.random.default_rng(6)
        names = ['hint', 'click_rate', 'coec', *(['position'] if with_position else [])]
        splits = {}
        for name, decisions in zip(SPLITS, (1000, 250, 250)):
            items, _, _, clicked = self._slates(random, decisions)
            columns = [self.quality[items] + random.normal(0, 0.5, items.shape), self.click_rate[items], self.coec[items]]
            if with_position:
                columns.append(np.broadcast_to(np.arange(1, self.SLATE + 1), items.shape))
            splits[name] = {
                'features': np.stack([column.reshape(-1) for column in columns], axis=1).astype(np.float32),
                'labels': clicked.reshape(-1).astype(np.float32),
                'groups': np.full(decisions, self.SLATE, dtype=np.uint32),
            }
        position = 'position' if with_position else None
        folder = self.folder / f'placed-{with_position}'
        dataset = write_dataset(folder, splits, features=names, positionFeature=position, label='impressions')
        out = self.folder / 'models' / f'placed-{with_position}'
        self.assertEqual(self.run_fit(dataset, '--max-trees', '40', out=out)[0], 0)
        rows = np.stack([self.quality, self.click_rate, self.coec, *([np.ones(self.ITEMS)] if with_position else [])], axis=1)
        return parity.run_onnx((out / 'model.onnx').read_bytes(), rows.astype(np.float32))

    def test_is_not_learned_as_quality(self) -> None:
        agree = lambda scores, truth: float(np.corrcoef(np.argsort(np.argsort(scores)), np.argsort(np.argsort(truth)))[0, 1])
        placed, blind = self._scores(with_position=True), self._scores(with_position=False)
        self.assertGreater(agree(placed, self.quality), agree(placed, self.click_rate))
        self.assertGreater(agree(placed, self.quality), agree(self.click_rate, self.quality))
        # Without the position, what mostly stood on top is taken for better.
        self.assertGreater(agree(placed, self.quality), agree(blind, self.quality) + 0.05)
        self.assertGreater(agree(blind, self.click_rate), agree(placed, self.click_rate) + 0.05)
