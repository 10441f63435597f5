"""fit.py as a whole: what it leaves, and what the model has learned."""

from __future__ import annotations

import json

import numpy as np
import onnx

import parity
from boosting import boost, choose_trees, train_matrix
from calibration import sigmoid
from dataset import SPLITS, read_dataset
from onnx_export import CONTRACT_KEY
from synthetic_dataset import FEATURES, InFolder, make_splits, write_dataset

MODEL_FILES = ['calibration.png', 'card.md', 'gain.png', 'learning-curve.png', 'metrics.json', 'model.onnx', 'parity.json']


def contract_of(model: onnx.ModelProto) -> dict:
    return json.loads({entry.key: entry.value for entry in model.metadata_props}[CONTRACT_KEY])


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
        self.assertRegex(stdout, 'Chose [0-9]+ trees: the best Log loss on the 3 parts')
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
        self.assertRegex(stderr, 'validation split has 0 decisions in which some rows are clicked')

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
            dataset = read_dataset(write_dataset(self.folder / folder, splits, **changes))
            trees = choose_trees(dataset, 300, 6, 7, lambda _: None).trees
            boosted = boost(dataset, train_matrix(dataset), trees, 6, 7)
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
