"""Tests of training, on a small synthetic dataset with missing values.

    python training/test_training.py
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import math
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import onnx

import fit
import model_folder
import parity
from boosting import boost
from calibration import Calibration, fit_calibration, reliability, sigmoid
from dataset import SPLITS, Split, read_dataset
from errors import TrainingError
from onnx_export import CONTRACT_KEY, export_onnx
from ranking_metrics import decision_metrics, summarise

FEATURES = ['item_ctr_7d', 'seconds_since_view', 'user_events', 'noise']
MODEL_FILES = ['calibration.png', 'card.md', 'gain.png', 'learning-curve.png', 'metrics.json', 'model.onnx', 'parity.json']


def make_split(random: np.random.Generator, decisions: int, slate: int = 12) -> dict[str, np.ndarray]:
    """One positive per decision, more likely with item_ctr_7d, and where seconds_since_view is missing."""
    rows = decisions * slate
    features = random.normal(size=(rows, len(FEATURES))).astype(np.float32)
    unseen = random.random(rows) < 0.3
    features[unseen, 1] = np.nan
    features[random.random(rows) < 0.05, 3] = np.nan
    utility = 1.5 * features[:, 0] + 2.0 * unseen + random.gumbel(size=rows)
    labels = np.zeros((decisions, slate), dtype=np.float32)
    labels[np.arange(decisions), utility.reshape(decisions, slate).argmax(axis=1)] = 1
    return {'features': features, 'labels': labels.reshape(-1), 'groups': np.full(decisions, slate, dtype=np.uint32)}


def make_splits(train: int = 300, validation: int = 80, test: int = 100) -> dict[str, dict[str, np.ndarray]]:
    random = np.random.default_rng(11)
    return {name: make_split(random, size) for name, size in zip(SPLITS, (train, validation, test))}


def write_dataset(folder: Path, splits: dict[str, dict[str, np.ndarray]], **changes: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    description = {
        'features': FEATURES,
        'positionFeature': None,
        'label': 'next_item',
        'layoutVersion': 3,
        'accumulators': {'halfLives': [3600, 604800]},
        'dataHash': 'ab12',
        'dataNames': ['synthetic'],
        'splits': {},
        **changes,
    }
    for name, split in splits.items():
        split['features'].astype('<f4').tofile(folder / f'{name}.features.f32')
        split['labels'].astype('<f4').tofile(folder / f'{name}.labels.f32')
        split['groups'].astype('<u4').tofile(folder / f'{name}.groups.u32')
        description['splits'][name] = {
            'rows': len(split['labels']),
            'decisions': len(split['groups']),
            'missed': split.get('missed', 0),
        }
    (folder / 'dataset.json').write_text(json.dumps(description))
    return folder


def contract_of(model: onnx.ModelProto) -> dict:
    return json.loads({entry.key: entry.value for entry in model.metadata_props}[CONTRACT_KEY])


class InFolder(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.out = self.folder / 'models' / 'first'

    def run_fit(self, dataset: Path, *options: str, out: Path | None = None) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of the command."""
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            code = fit.main(['--dataset', str(dataset), '--out', str(out or self.out), *options])
        return code, stdout.getvalue(), stderr.getvalue()

    def assert_refused(self, dataset: Path, pattern: str) -> None:
        """The command ends with code 2 and one sentence, and leaves nothing behind."""
        code, _, stderr = self.run_fit(dataset)
        self.assertEqual(code, 2)
        self.assertRegex(stderr, pattern)
        self.assertEqual(len(stderr.splitlines()), 1)
        self.assertTrue(stderr.rstrip().endswith('.'))
        self.assertEqual(list(self.out.parent.glob('*')) + list(self.out.parent.glob('.*')), [])


class WholeRun(InFolder):
    def test_leaves_a_model_that_says_what_it_is(self) -> None:
        splits = make_splits()
        splits['test']['missed'] = 7
        code, stdout, stderr = self.run_fit(write_dataset(self.folder / 'data', splits))
        self.assertEqual((code, stderr), (0, ''))
        self.assertIn('Tree 1: NDCG@10', stdout)
        self.assertEqual(sorted(path.name for path in self.out.iterdir()), MODEL_FILES)
        self.assertEqual([path.name for path in self.out.parent.iterdir()], ['first'])

        model = onnx.load(str(self.out / 'model.onnx'))
        contract = contract_of(model)
        self.assertEqual(contract['features'], [{'name': name, 'type': 'float32'} for name in FEATURES])
        self.assertEqual((contract['positionFeature'], contract['positionAtServing']), (None, None))
        self.assertEqual(contract['accumulators'], {'halfLives': [3600, 604800]})
        self.assertEqual(contract['metrics']['decisions'], 107)
        self.assertLessEqual(contract['trees'], 300)
        for name in ('ndcg10', 'mrr20', 'hr20', 'auc'):
            measure = contract['metrics'][name]
            self.assertLessEqual(measure['low'], measure['value'])
            self.assertLessEqual(measure['value'], measure['high'])
        # Chance is 0.5; the features explain most of a click.
        self.assertGreater(contract['metrics']['auc']['low'], 0.7)
        metrics = json.loads((self.out / 'metrics.json').read_text())
        self.assertEqual(metrics['test'], contract['metrics'])
        self.assertGreater(metrics['gain']['item_ctr_7d'], metrics['gain']['noise'])
        self.assertIn('| `item_ctr_7d` |', (self.out / 'card.md').read_text())

        sample = json.loads((self.out / 'parity.json').read_text())
        rows = np.array(sample['rows'], dtype=np.float32)
        self.assertEqual(rows.shape, (200, len(FEATURES)))
        self.assertTrue(np.isnan(rows).any())
        scores = parity.run_onnx((self.out / 'model.onnx').read_bytes(), rows)
        np.testing.assert_allclose(scores, sample['scores'], rtol=0, atol=1e-5)

    def test_what_is_shown_one_by_one_is_told_clicked_or_not(self) -> None:
        random = np.random.default_rng(12)
        splits = {}
        for name, rows, slate in zip(SPLITS, (2000, 400, 400), (1, 2, 2)):
            features = random.normal(size=(rows, len(FEATURES))).astype(np.float32)
            labels = (random.random(rows) < sigmoid(2.0 * features[:, 0] - 0.5)).astype(np.float32)
            # What was bought is clicked, and no more than that.
            labels[labels > 0] = random.integers(1, 4, int(labels.sum()))
            splits[name] = {'features': features, 'labels': labels, 'groups': np.full(rows // slate, slate, dtype=np.uint32)}
        code, stdout, stderr = self.run_fit(
            write_dataset(self.folder / 'data', splits, label='impressions', objective='clicks')
        )
        self.assertEqual((code, stderr), (0, ''))
        self.assertIn('Tree 1: Log loss', stdout)
        contract = contract_of(onnx.load(str(self.out / 'model.onnx')))
        self.assertGreater(contract['metrics']['auc']['low'], 0.7)
        # A probability already: there is little to calibrate.
        self.assertAlmostEqual(contract['calibration']['slope'], 1, delta=0.3)
        self.assertAlmostEqual(contract['calibration']['intercept'], 0, delta=0.3)
        card = (self.out / 'card.md').read_text()
        self.assertIn('`binary:logistic`', card)
        self.assertIn('![Log loss by number of trees]', card)

    def test_what_is_all_shown_by_itself_is_learned_though_no_order_can_be_judged(self) -> None:
        random = np.random.default_rng(13)
        splits = {}
        for name, rows in zip(SPLITS, (2000, 400, 400)):
            features = random.normal(size=(rows, len(FEATURES))).astype(np.float32)
            labels = (random.random(rows) < sigmoid(2.0 * features[:, 0] - 0.5)).astype(np.float32)
            splits[name] = {'features': features, 'labels': labels, 'groups': np.ones(rows, dtype=np.uint32)}
        dataset = write_dataset(self.folder / 'data', splits, label='impressions', objective='clicks')
        code, stdout, stderr = self.run_fit(dataset)
        self.assertEqual((code, stderr), (0, ''))
        self.assertRegex(stdout, 'Kept [0-9]+ trees, where Log loss in validation was best')
        metrics = json.loads((self.out / 'metrics.json').read_text())
        for name in ('ndcg10', 'mrr20', 'hr20', 'auc'):
            self.assertIsNone(metrics['test'][name])
            self.assertIsNone(metrics['validation'][name])
        self.assertIn('no order within slates could be judged', (self.out / 'card.md').read_text())
        # It has learned what there is: the bins of what it foresees rise with what came.
        observed = [bin['observed'] for bin in metrics['calibration']['bins']]
        self.assertGreater(observed[-1] - observed[0], 0.6)
        # An order cannot be learned of it.
        other = write_dataset(self.folder / 'order', splits, label='impressions', objective='order')
        code, _, stderr = self.run_fit(other, out=self.folder / 'models' / 'order')
        self.assertEqual(code, 2)
        self.assertRegex(stderr, 'validation split has 0 decisions of which some rows are clicked')

    def test_a_click_never_becomes_less_probable_with_a_feature_that_it_rises_with(self) -> None:
        random = np.random.default_rng(14)
        splits = {}
        for name, rows in zip(SPLITS, (2000, 400, 400)):
            features = random.normal(size=(rows, len(FEATURES))).astype(np.float32)
            # Of a few rows at the top hardly any is clicked, by chance as it were.
            chance = np.where(features[:, 0] > 1.5, 0.1, sigmoid(features[:, 0] - features[:, 3]))
            labels = (random.random(rows) < chance).astype(np.float32)
            splits[name] = {'features': features, 'labels': labels, 'groups': np.ones(rows, dtype=np.uint32)}
        steps = np.linspace(-3, 3, 200, dtype=np.float32)

        def along(folder: str, column: int, monotone: dict[str, int]) -> np.ndarray:
            changes = {'label': 'impressions', 'objective': 'clicks', 'monotone': monotone}
            boosted = boost(read_dataset(write_dataset(self.folder / folder, splits, **changes)), 300, 6, 7, lambda _: None)
            rows = np.zeros((len(steps), len(FEATURES)), dtype=np.float32)
            rows[:, column] = steps
            return np.diff(boosted.margins(rows))

        held = {'item_ctr_7d': 1, 'noise': -1}
        self.assertGreaterEqual(along('held', 0, held).min(), -1e-6)
        self.assertLessEqual(along('held', 3, held).max(), 1e-6)
        # Left alone they follow chance.
        self.assertLess(along('free', 0, {}).min(), -0.1)

    def test_the_same_data_and_seed_give_the_same_model(self) -> None:
        dataset = write_dataset(self.folder / 'data', make_splits())
        models = []
        for name, seed in (('a', 5), ('b', 5), ('c', 6)):
            out = self.folder / name
            self.assertEqual(self.run_fit(dataset, '--max-trees', '20', '--seed', str(seed), out=out)[0], 0)
            models.append(onnx.load(str(out / 'model.onnx')).graph.SerializeToString())
        self.assertEqual(models[0], models[1])
        self.assertNotEqual(models[0], models[2])

    def test_bounds_of_trees_and_depth_hold(self) -> None:
        dataset = write_dataset(self.folder / 'data', make_splits())
        self.assertEqual(self.run_fit(dataset, '--max-trees', '3', '--depth', '2')[0], 0)
        tree_ids, node_ids = (
            next(a.ints for a in onnx.load(str(self.out / 'model.onnx')).graph.node[0].attribute if a.name == name)
            for name in ('nodes_treeids', 'nodes_nodeids')
        )
        self.assertLessEqual(max(tree_ids), 2)
        self.assertLessEqual(max(node_ids), 6)
        for wrong in (('--max-trees', '301'), ('--depth', '7'), ('--depth', '0'), ('--seed', '-1')):
            with self.subTest(wrong), self.assertRaises(SystemExit) as stopped:
                self.run_fit(dataset, *wrong)
            self.assertEqual(stopped.exception.code, 2)

    def test_the_position_is_fixed_at_serving(self) -> None:
        splits = make_splits()
        for split in splits.values():
            split['features'][:, 3] = np.tile(np.arange(1, 13), len(split['groups']))
            # The first place draws clicks of its own, which a model should put down to the position.
            split['labels'][::24] = 1
        features = [*FEATURES[:3], 'position']
        dataset = write_dataset(
            self.folder / 'data', splits, features=features, positionFeature='position', label='impressions'
        )
        self.assertEqual(self.run_fit(dataset)[0], 0)
        contract = contract_of(onnx.load(str(self.out / 'model.onnx')))
        self.assertEqual((contract['positionFeature'], contract['positionAtServing']), ('position', 1.0))
        sample = json.loads((self.out / 'parity.json').read_text())
        self.assertEqual({row[3] for row in sample['rows']}, {1.0})
        self.assertGreater(json.loads((self.out / 'metrics.json').read_text())['gain']['position'], 0.1)


    def test_slates_without_a_click_count_for_calibration_and_for_nothing_else(self) -> None:
        splits = make_splits(train=300, validation=400, test=400)
        for name in ('validation', 'test'):
            # In three of four slates nothing was clicked.
            splits[name]['labels'].reshape(-1, 12)[np.arange(400) % 4 > 0] = 0
        dataset = write_dataset(self.folder / 'all', splits, label='impressions')
        self.assertEqual(self.run_fit(dataset)[0], 0)
        metrics = json.loads((self.out / 'metrics.json').read_text())
        predicted = sum(bin['rows'] * bin['predicted'] for bin in metrics['calibration']['bins'])
        self.assertAlmostEqual(predicted / metrics['test']['rows'], 1 / 48, delta=0.004)

        for name in ('validation', 'test'):
            clicked = np.repeat(np.arange(400) % 4 == 0, 12)
            splits[name] = {
                'features': splits[name]['features'][clicked],
                'labels': splits[name]['labels'][clicked],
                'groups': np.full(100, 12, dtype=np.uint32),
            }
        alone = self.folder / 'models' / 'clicked-alone'
        self.assertEqual(self.run_fit(write_dataset(self.folder / 'clicked', splits, label='impressions'), out=alone)[0], 0)
        others = json.loads((alone / 'metrics.json').read_text())
        self.assertEqual(others['trees'], metrics['trees'])
        self.assertEqual(others['gain'], metrics['gain'])
        for name in ('ndcg10', 'mrr20', 'auc'):
            self.assertAlmostEqual(others['test'][name]['value'], metrics['test'][name]['value'])

    def test_a_model_is_compared_on_the_same_rows(self) -> None:
        splits = make_splits()
        for split in splits.values():
            split['features'][:, 3] = np.tile(np.arange(1, 13), len(split['groups']))
        features = [*FEATURES[:3], 'position']
        dataset = write_dataset(self.folder / 'data', splits, features=features, positionFeature='position', label='impressions')
        self.assertEqual(self.run_fit(dataset)[0], 0)
        # Without the position, and in another order.
        for split in splits.values():
            split['features'] = split['features'][:, [2, 0, 1]]
        features = ['user_events', 'item_ctr_7d', 'seconds_since_view']
        other = write_dataset(self.folder / 'other', splits, features=features)
        code, stdout, _ = self.run_fit(other, '--compare', str(self.out), out=self.folder / 'models' / 'second')
        self.assertEqual(code, 0)
        measured = json.loads((self.out / 'metrics.json').read_text())['test']['ndcg10']
        self.assertIn(f'Test, model first, NDCG@10: {measured["value"]:.4f} ({measured["low"]:.4f}', stdout)

        poorer = write_dataset(self.folder / 'poorer', make_splits(), features=['a', 'b', 'c', 'd'])
        for compare, reason in ((self.out, 'needs the feature item_ctr_7d'), (self.folder, 'cannot be read')):
            code, _, stderr = self.run_fit(poorer, '--compare', str(compare), out=self.folder / 'models' / 'third')
            self.assertEqual((code, len(stderr.splitlines())), (2, 1))
            self.assertIn(reason, stderr)


class PositionBias(InFolder):
    """Clicks of the position-based model, as `src/simulation/examination.ts` has it: looked at, times appealing, and no more."""

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


class Refusals(InFolder):
    def test_a_taken_name(self) -> None:
        dataset = write_dataset(self.folder / 'data', make_splits())
        self.out.mkdir(parents=True)
        (self.out / 'model.onnx').write_bytes(b'old')
        code, _, stderr = self.run_fit(dataset)
        self.assertEqual(code, 2)
        self.assertIn('is there already', stderr)
        self.assertEqual((self.out / 'model.onnx').read_bytes(), b'old')

    def test_no_dataset(self) -> None:
        self.assert_refused(self.folder / 'absent', 'give --dataset the folder')

    def test_broken_description(self) -> None:
        dataset = write_dataset(self.folder / 'data', make_splits())
        (dataset / 'dataset.json').write_text('{"features": [')
        self.assert_refused(dataset, 'is not JSON')

    def test_wrong_fields_are_named(self) -> None:
        for field, value in (
            ('features', []),
            ('features', ['a', 'a', 'b', 'c']),
            ('positionFeature', 'position'),
            ('label', 'stars'),
            ('monotone', {'shoe_size': 1}),
            ('monotone', {'noise': 2}),
            ('layoutVersion', '3'),
            ('dataHash', 12),
            ('dataNames', 'synthetic'),
        ):
            with self.subTest(field=field, value=value):
                self.assert_refused(write_dataset(self.folder / 'data', make_splits(), **{field: value}), f'"{field}"')

    def test_one_class_only(self) -> None:
        for value in (0, 1):
            for name in SPLITS:
                with self.subTest(value=value, split=name):
                    splits = make_splits()
                    splits[name]['labels'][:] = value
                    self.assert_refused(write_dataset(self.folder / 'data', splits), f'{name} split are of one class')

    def test_too_few_decisions(self) -> None:
        self.assert_refused(write_dataset(self.folder / 'a', make_splits(train=99)), '99 decisions, and at least 100')
        self.assert_refused(write_dataset(self.folder / 'b', make_splits(test=9)), 'test split has 9 decisions')

    def test_feature_count(self) -> None:
        dataset = write_dataset(self.folder / 'data', make_splits(), features=[*FEATURES, 'fifth'])
        self.assert_refused(dataset, 'feature count of dataset.json does not match')

    def test_rows_labels_and_groups_that_do_not_fit(self) -> None:
        splits = make_splits()
        splits['test']['groups'][0] += 1
        self.assert_refused(write_dataset(self.folder / 'a', splits), 'test.groups.u32 must divide')
        splits = make_splits()
        splits['train']['labels'][5] = 4
        self.assert_refused(write_dataset(self.folder / 'b', splits), 'label of row 5 of train is 4.0')
        dataset = write_dataset(self.folder / 'c', make_splits())
        (dataset / 'validation.labels.f32').write_bytes(b'\0' * 8)
        self.assert_refused(dataset, 'validation.labels.f32 holds 2 labels')
        (dataset / 'validation.labels.f32').write_bytes(b'\0' * 7)
        self.assert_refused(dataset, 'cut short')

    def test_infinite_feature_is_named(self) -> None:
        splits = make_splits()
        splits['validation']['features'][17, 2] = np.inf
        self.assert_refused(write_dataset(self.folder / 'data', splits), 'user_events is infinite in row 17 of validation')

    def test_scores_that_mean_the_opposite_in_validation(self) -> None:
        splits = make_splits()
        splits['validation']['features'][:, 0] *= -1
        splits['validation']['features'][:, 1] = np.where(np.isnan(splits['validation']['features'][:, 1]), 0, np.nan)
        self.assert_refused(write_dataset(self.folder / 'data', splits), 'do not rise with the score')

    def test_a_full_disk_leaves_nothing(self) -> None:
        dataset = write_dataset(self.folder / 'data', make_splits())
        full = OSError(errno.ENOSPC, 'No space left on device')
        with mock.patch.object(fit, 'plot_calibration', side_effect=full):
            self.assert_refused(dataset, 'The disk is full')

    def test_an_interrupt_leaves_nothing(self) -> None:
        dataset = write_dataset(self.folder / 'data', make_splits())
        with mock.patch.object(fit, 'plot_gain', side_effect=KeyboardInterrupt):
            self.assertEqual(self.run_fit(dataset)[0], 130)
        self.assertEqual(list(self.out.parent.iterdir()), [])

    def test_a_name_taken_meanwhile_is_not_overwritten(self) -> None:
        with self.assertRaisesRegex(TrainingError, 'is there already'), model_folder.model_folder(self.out) as partial:
            (partial / 'model.onnx').write_bytes(b'new')
            self.out.mkdir()
            (self.out / 'model.onnx').write_bytes(b'old')
        self.assertEqual((self.out / 'model.onnx').read_bytes(), b'old')
        self.assertEqual(list(self.out.parent.iterdir()), [self.out])


class Export(InFolder):
    def setUp(self) -> None:
        super().setUp()
        self.dataset = read_dataset(write_dataset(self.folder / 'data', make_splits()))
        self.boosted = boost(self.dataset, 60, 6, 7, lambda line: None)
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


class RankingMetrics(unittest.TestCase):
    def test_agrees_with_the_definitions(self) -> None:
        random = np.random.default_rng(5)
        groups = random.integers(1, 40, size=200).astype(np.uint32)
        rows = int(groups.sum())
        labels = random.choice([0, 1, 2, 3], size=rows, p=[0.9, 0.06, 0.03, 0.01]).astype(np.float32)
        # Few values, so that there are many ties.
        scores = random.integers(0, 6, size=rows).astype(np.float32)
        values = decision_metrics(scores, Split('test', np.empty((rows, 0)), labels, groups, missed=2))
        first = 0
        for decision, size in enumerate(groups):
            expected = plain_metrics(scores[first : first + size].tolist(), labels[first : first + size].tolist())
            for name, value in expected.items():
                np.testing.assert_allclose(values[name][decision], value, atol=1e-12, err_msg=f'{name} of {decision}')
            first += int(size)
        self.assertEqual([values[name][-2:].tolist() for name in ('ndcg10', 'mrr20', 'hr20')], [[0, 0]] * 3)
        self.assertTrue(np.isnan(values['auc'][-2:]).all())

    def test_missed_decisions_lower_the_mean(self) -> None:
        labels, groups = np.array([0, 1, 1, 0], dtype=np.float32), np.array([2, 2], dtype=np.uint32)
        scores = np.array([0, 1, 1, 0])
        for missed, expected in ((0, 1.0), (2, 0.5)):
            summary = summarise(scores, Split('test', np.empty((4, 0)), labels, groups, missed), seed=1)
            self.assertEqual([summary[name]['value'] for name in ('ndcg10', 'mrr20', 'hr20')], [expected] * 3)
            self.assertEqual(summary['auc']['value'], 1.0)

    def test_a_score_that_is_the_same_for_all_gains_nothing_from_the_order_of_rows(self) -> None:
        labels, groups = np.array([1, 0, 0, 0], dtype=np.float32), np.array([4], dtype=np.uint32)
        values = decision_metrics(np.zeros(4), Split('test', np.empty((4, 0)), labels, groups, 0))
        self.assertEqual((values['mrr20'][0], values['auc'][0]), (0.25, 0.5))

    def test_intervals_narrow_with_decisions(self) -> None:
        random = np.random.default_rng(2)
        widths = []
        for decisions in (50, 5000):
            labels = np.zeros((decisions, 5), dtype=np.float32)
            labels[:, 0] = 1
            split = Split('test', np.empty((5 * decisions, 0)), labels.reshape(-1), np.full(decisions, 5, np.uint32), 0)
            measure = summarise(random.random(5 * decisions), split, seed=1)['mrr20']
            self.assertLess(measure['low'], measure['value'])
            self.assertLess(measure['value'], measure['high'])
            widths.append(measure['high'] - measure['low'])
        self.assertAlmostEqual(widths[0] / widths[1], 10, delta=3)


def plain_metrics(scores: list[float], labels: list[float]) -> dict[str, float]:
    """The definitions, for one decision, spelled out."""
    ranked = [label for _, label in sorted(zip(scores, labels), key=lambda pair: (-pair[0], pair[1]))]

    def dcg(order: list[float]) -> float:
        return sum((2**label - 1) / math.log2(rank + 2) for rank, label in enumerate(order[:10]))

    if len(set(labels)) < 2:
        return {'ndcg10': math.nan, 'mrr20': math.nan, 'hr20': math.nan, 'auc': math.nan}
    first = next(rank for rank, label in enumerate(ranked) if label > 0)
    pairs = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high, clicked in zip(scores, labels)
        if clicked > 0
        for low, other in zip(scores, labels)
        if other == 0
    ]
    return {
        'ndcg10': dcg(ranked) / dcg(sorted(labels, reverse=True)),
        'mrr20': 1 / (first + 1) if first < 20 else 0.0,
        'hr20': 1.0 if first < 20 else 0.0,
        'auc': sum(pairs) / len(pairs) if pairs else math.nan,
    }


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


if __name__ == '__main__':
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
