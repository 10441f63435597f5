"""distributions.py: what metrics.json says about the features of the training."""

from __future__ import annotations

import numpy as np

from dataset import read_dataset
from distributions import distributions
from synthetic_dataset import FEATURES, InFolder, make_splits, write_dataset


class Distributions(InFolder):
    def test_bins_have_a_tenth_of_the_values_each_and_ties_share_one(self) -> None:
        splits = make_splits()
        features = splits['train']['features']
        features[:, 2] = np.arange(len(features)) % 4 == 0
        features[:, 3] = np.nan
        found = distributions(read_dataset(write_dataset(self.folder / 'data', splits)))
        self.assertEqual(list(found), FEATURES)
        tenths = found['item_ctr_7d']['bins']
        np.testing.assert_allclose([bin['share'] for bin in tenths], [0.1] * 10, atol=0.001)
        self.assertIsNone(tenths[-1]['upTo'])
        self.assertEqual(sorted(bin['upTo'] for bin in tenths[:-1]), [bin['upTo'] for bin in tenths[:-1]])
        self.assertTrue(set(bin['upTo'] for bin in tenths[:-1]) <= set(features[:, 0].astype(float)))
        unseen = found['seconds_since_view']
        self.assertAlmostEqual(unseen['missing'], float(np.isnan(features[:, 1]).mean()))
        self.assertAlmostEqual(unseen['missing'] + sum(bin['share'] for bin in unseen['bins']), 1)
        self.assertEqual(found['user_events'], {'missing': 0, 'bins': [{'upTo': 0, 'share': 0.75}, {'upTo': None, 'share': 0.25}]})
        self.assertEqual(found['noise'], {'missing': 1, 'bins': []})

    def test_the_position_has_none(self) -> None:
        data = write_dataset(self.folder / 'data', make_splits(), features=[*FEATURES[:3], 'position'], positionFeature='position')
        self.assertNotIn('position', distributions(read_dataset(data)))
