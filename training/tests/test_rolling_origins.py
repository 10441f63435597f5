"""The number of trees is chosen at rolling origins of the training period."""

from __future__ import annotations

import json

import numpy as np

from boosting import choose_trees
from dataset import SPLITS, read_dataset
from rolling_origins import rolling_origins
from synthetic_dataset import FEATURES, InFolder, make_splits, write_dataset

SILENT = lambda _: None


class RollingOrigins(InFolder):
    def test_each_log_is_divided_in_its_own_time_and_a_gap_follows_each_origin(self) -> None:
        splits = make_splits(train=180)
        # The first log has a decision a second, the second one every two seconds. Both begin at 0.
        splits['train'].update(logs=[120, 60], times=np.concatenate((np.arange(120), 2 * np.arange(60))) * 1000)
        origins = rolling_origins(read_dataset(write_dataset(self.folder / 'data', splits, gap=5000)))
        self.assertEqual([origin.before for origin in origins], [[(0, 60), (120, 150)], [(0, 80), (120, 160)], [(0, 100), (120, 170)]])
        # The last decision before the first origin of the first log is at 59 s, so the part begins at 64 s.
        self.assertEqual([origin.after[0] for origin in origins], [(64, 80), (84, 100), (104, 120)])
        self.assertEqual([origin.after[1] for origin in origins], [(152, 160), (162, 170), (172, 180)])

    def test_a_late_event_does_not_shorten_the_gap(self) -> None:
        splits = make_splits(train=120)
        times = np.arange(120) * 1000
        # Recorded late: it happened long before those around it.
        times[59], times[63] = 0, 1000
        splits['train'].update(times=times)
        origins = rolling_origins(read_dataset(write_dataset(self.folder / 'data', splits, gap=5000)))
        # The last one before the origin in time is that of 58 s.
        self.assertEqual(origins[0].after, [(64, 80)])

    def test_without_time_for_the_gaps_the_validation_split_decides(self) -> None:
        dataset = write_dataset(self.folder / 'data', make_splits(train=120), gap=1000)
        self.assertEqual(rolling_origins(read_dataset(dataset)), [])
        code, stdout, _ = self.run_fit(dataset)
        self.assertEqual(code, 0)
        self.assertIn('too short for rolling origins', stdout)
        self.assertIn('on the validation split', (self.out / 'card.md').read_text())

    def test_a_validation_split_that_misleads_does_not_decide(self) -> None:
        splits = make_splits(train=1200, validation=200, test=300)
        # In the validation split, and there only, users do the opposite of half of what they do.
        misleading = splits['validation']
        misleading['features'][:, 1] = np.where(np.isnan(misleading['features'][:, 1]), 0, np.nan)
        found = {}
        # With the second gap there is no time for origins, so the validation split decides, which was so for every log before.
        for name, gap in (('rolling', 0), ('misled', 1e9)):
            out = self.folder / 'models' / name
            code, _, stderr = self.run_fit(write_dataset(self.folder / name, splits, gap=gap), out=out)
            self.assertEqual((code, stderr), (0, ''))
            found[name] = json.loads((out / 'metrics.json').read_text())
        self.assertEqual(found['rolling']['treesChosenOn'], 'rolling origins')
        self.assertEqual(found['misled']['treesChosenOn'], 'validation')
        self.assertGreater(found['rolling']['trees'], 2 * found['misled']['trees'])
        self.assertGreater(found['rolling']['test']['ndcg10']['value'], found['misled']['test']['ndcg10']['value'] + 0.01)

    def test_the_order_of_rows_does_not_move_the_number_of_trees(self) -> None:
        random = np.random.default_rng(15)
        splits = {}
        for name, decisions in zip(SPLITS, (400, 120, 20)):
            # One flag tells little, so that most candidates of a decision have equal scores after the first trees.
            features = np.zeros((decisions, 40, len(FEATURES)), dtype=np.float32)
            features[:, :, 0] = random.random((decisions, 40)) < 0.2
            features[:, :, 3] = random.random((decisions, 40)) < 0.5
            labels = np.zeros((decisions, 40), dtype=np.float32)
            labels[np.arange(decisions), (features[:, :, 0] + random.gumbel(size=(decisions, 40))).argmax(axis=1)] = 1
            splits[name] = {'features': features, 'labels': labels, 'groups': np.full(decisions, 40, dtype=np.uint32)}
        chosen = []
        for order in ('best first', 'best last', 'shuffled'):
            validation = splits['validation']
            rows = np.argsort(-validation['labels'], axis=1, kind='stable')
            if order == 'best last':
                rows = rows[:, ::-1]
            if order == 'shuffled':
                rows = random.permuted(rows, axis=1)
            moved = {
                'features': np.take_along_axis(validation['features'], rows[:, :, None], axis=1),
                'labels': np.take_along_axis(validation['labels'], rows, axis=1),
                'groups': validation['groups'],
            }
            flat = {
                name: {
                    'features': split['features'].reshape(-1, len(FEATURES)),
                    'labels': split['labels'].reshape(-1),
                    'groups': split['groups'],
                }
                for name, split in {**splits, 'validation': moved}.items()
            }
            # Without time for gaps, the validation split decides.
            choice = choose_trees(read_dataset(write_dataset(self.folder / order, flat, gap=1e9)), 60, 3, 7, SILENT)
            chosen.append((choice.trees, np.round(choice.curve, 9).tolist()))
        self.assertEqual(chosen[0], chosen[1])
        self.assertEqual(chosen[0], chosen[2])
