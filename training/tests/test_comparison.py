"""The model beside other rankings, and the interval of the difference."""

from __future__ import annotations

import json
import math

import numpy as np

from comparison import compare
from dataset import KINDS, read_dataset
from paired_interval import paired_interval
from synthetic_dataset import InFolder, make_split, make_splits, write_dataset

AGAIN, NEW, OPENING = (KINDS.index(kind) for kind in ('again', 'new', 'opening'))


class PairedIntervals(InFolder):
    def test_covers_the_true_difference_as_often_as_it_says(self) -> None:
        random = np.random.default_rng(8)
        covered = {'users': 0, 'alone': 0}
        for _ in range(600):
            # The decisions of one user are alike.
            users = np.repeat(np.arange(40), random.integers(1, 12, 40))
            differences = (random.normal(0, 1, 40)[users] + random.normal(0, 0.3, len(users))) * 0.1 + 0.02
            for name, clusters in (('users', users), ('alone', np.arange(len(users)))):
                interval = paired_interval(differences, clusters, np.array([0.3]))
                covered[name] += interval.low <= 0.02 <= interval.high
        self.assertGreater(covered['users'] / 600, 0.92)
        self.assertLess(covered['users'] / 600, 0.975)
        # Decisions that are taken as independent promise too much.
        self.assertLess(covered['alone'] / 600, 0.85)

    def test_has_the_spread_between_seeds_in_it(self) -> None:
        random = np.random.default_rng(9)
        differences, users = random.normal(0.1, 1, 400), np.arange(400)
        alike, apart = (paired_interval(differences, users, np.array(seeds)) for seeds in ([0.3, 0.3], [0.3, 0.4]))
        rows = float(np.var(differences, ddof=1) / 400)
        self.assertAlmostEqual(alike.high - alike.value, 1.966 * math.sqrt(rows), places=3)
        self.assertAlmostEqual(alike.error, math.sqrt(rows))
        # The two seeds have the variance 0.005, and one degree of freedom.
        self.assertAlmostEqual(apart.value, alike.value)
        freedom = (rows + 0.005) ** 2 / (rows**2 / 399 + 0.005**2)
        self.assertTrue(2 < freedom < 3)
        self.assertAlmostEqual(apart.freedom, freedom)
        self.assertGreater(apart.high - apart.value, 3 * math.sqrt(rows + 0.005))

    def test_intervals_of_several_rankings_hold_together(self) -> None:
        random = np.random.default_rng(10)
        users = np.arange(60)
        held = {1: 0, 8: 0}
        for _ in range(400):
            differences = random.normal(0, 1, (8, 60))
            for intervals in held:
                found = [paired_interval(one, users, np.array([0.3]), intervals) for one in differences]
                held[intervals] += all(of.low <= 0 <= of.high for of in found)
        self.assertGreater(held[8] / 400, 0.925)
        # Each by itself, one of eight is mostly beyond chance by chance.
        self.assertLess(held[1] / 400, 0.75)

    def test_has_no_ends_for_one_user(self) -> None:
        interval = paired_interval(np.array([0.1, 0.2]), np.array([3, 3]), np.array([0.3, 0.3]))
        self.assertEqual((interval.low, interval.high, interval.error), (-math.inf, math.inf, math.inf))


class Comparisons(InFolder):
    def test_new_items_are_compared_without_the_items_of_the_session(self) -> None:
        splits = make_splits(validation=60)
        validation = splits['validation']
        rows = len(validation['labels'])
        labels = validation['labels'].reshape(60, 12)
        # One ranking has an item of the session first, then the next item. The other one does not place the next item.
        first = (labels.argmax(axis=1) + 1) % 12
        ranking = np.zeros((60, 12, 2))
        ranking[labels > 0, 0] = 1
        ranking[np.arange(60), first, 0] = 2
        ranking[labels > 0, 1] = np.nan
        session = np.zeros((60, 12))
        session[np.arange(60), first] = 1
        kinds = np.tile([NEW, NEW, AGAIN, OPENING], 15)
        validation.update(rankings=ranking, inSession=session.reshape(rows), kinds=kinds, missed=10)
        dataset = read_dataset(write_dataset(self.folder / 'data', splits, rankings=['rule', 'shipped']))
        model = validation['labels'].astype(np.float32)
        comparison = compare(dataset, {'validation': [model, -model], 'static': [np.zeros(0)] * 2})
        self.assertEqual(comparison.measure, 'MRR@20')
        new, every = comparison.sets
        # A missed decision is 0 in each ranking.
        self.assertEqual((new.decisions, every.decisions), (40, 70))
        self.assertAlmostEqual(new.seeds[0], 30 / 40)
        self.assertAlmostEqual(new.seeds[1], 30 / 40 / 11)
        self.assertAlmostEqual(new.values['rule'], 30 / 40)
        # It stands behind the other ten.
        self.assertAlmostEqual(new.values['shipped'], 30 / 40 / 11)
        self.assertAlmostEqual(every.values['rule'], 60 / 70 / 2)
        self.assertEqual((new.best, every.best), ('rule', 'rule'))
        self.assertAlmostEqual(every.differences['rule'].value, 60 / 70 / 2)

    def test_the_same_decisions_are_compared_on_the_state_at_their_start(self) -> None:
        splits = make_splits(validation=60)
        splits['static'] = make_split(np.random.default_rng(4), 30)
        for name, sign in (('validation', -1), ('static', 1)):
            # The ranking is right where the model is wrong.
            splits[name]['rankings'] = sign * splits[name]['labels'].reshape(-1, 1)
        splits['static']['missed'] = 10
        for name in ('validation', 'static'):
            nothing = np.full((len(splits[name]['labels']), 1), np.nan)
            splits[name]['rankings'] = np.hstack([splits[name]['rankings'], nothing])
        dataset = read_dataset(write_dataset(self.folder / 'data', splits, rankings=['first_stage', 'offline']))
        margins = {name: [sign * splits[name]['labels']] * 2 for name, sign in (('validation', 1), ('static', -1))}
        sets = compare(dataset, margins).sets
        self.assertEqual(
            [(of.name, of.decisions) for of in sets],
            [
                ('next items new to the session', 60),
                ('all next items', 60),
                ('next items new to the session, static', 40),
                ('all next items, static', 40),
            ],
        )
        for of, ahead in zip(sets, (1, 1, -1, -1)):
            self.assertGreater(ahead * of.differences['first_stage'].value, 0.5)
            # What places no item is no ranking.
            self.assertEqual(list(of.values), ['first_stage'])
            self.assertEqual(of.is_ahead('first_stage'), ahead < 0)

    def test_a_ranking_is_ahead_of_this_model_whatever_another_seed_gives(self) -> None:
        splits = make_splits(validation=60)
        labels = splits['validation']['labels']
        noise = np.random.default_rng(5).normal(0, 0.6, labels.shape).astype(np.float32)
        splits['validation']['rankings'] = labels.reshape(-1, 1)
        dataset = read_dataset(write_dataset(self.folder / 'data', splits, rankings=['first_stage']))
        none = [np.zeros(0)] * 2
        for other in (labels + noise, -labels):
            (of, _) = compare(dataset, {'validation': [labels + noise, other], 'static': none}).sets
            self.assertTrue(of.is_ahead('first_stage'))
        # With another seed that is so different, the difference of the training is not known.
        self.assertGreater(of.differences['first_stage'].high, 0)

    def test_the_spread_of_two_seeds_is_in_the_card_and_in_the_metrics(self) -> None:
        splits = make_splits()
        splits['validation']['rankings'] = np.random.default_rng(3).normal(size=(80 * 12, 2))
        dataset = write_dataset(self.folder / 'data', splits, rankings=['rule', 'shipped'])
        code, stdout, stderr = self.run_fit(dataset)
        self.assertEqual((code, stderr), (0, ''))
        metrics = json.loads((self.out / 'metrics.json').read_text())
        self.assertEqual(metrics['settings']['seeds'], [7, 8])
        (of, _) = metrics['comparison']['sets']
        one, other = of['seeds']
        self.assertNotEqual(one, other)
        self.assertIn(f'| this model | {one:.4f} |  |', card := (self.out / 'card.md').read_text())
        self.assertIn(f'| this model with another seed | {other:.4f} |  |', card)
        self.assertIn(f'{one:.4f} (with another seed {other:.4f})', stdout)
        self.assertEqual(set(of['differences']), {'rule', 'shipped'})
        for difference in of['differences'].values():
            self.assertGreater(difference['low'], 0)
            self.assertIn(f'{difference["value"]:+.4f} ({difference["low"]:+.4f} to {difference["high"]:+.4f})', card)
        # The folder has the model of the first seed, whichever is better.
        again = self.folder / 'models' / 'again'
        self.assertEqual(self.run_fit(dataset, '--seed', '8', out=again)[0], 0)
        same = json.loads((again / 'metrics.json').read_text())
        if same['trees'] == metrics['trees']:
            self.assertAlmostEqual(same['comparison']['sets'][0]['seeds'][0], other)

    def test_scores_without_any_use_are_calibrated_flat_if_the_shipped_model_can_take_the_place(self) -> None:
        splits = make_splits()
        validation = splits['validation']
        validation['features'][:, 0] *= -1
        validation['features'][:, 1] = np.where(np.isnan(validation['features'][:, 1]), 0, np.nan)
        code, _, _ = self.run_fit(write_dataset(self.folder / 'data', splits, rankings=['rule', 'shipped']))
        self.assertEqual(code, 0)
        metrics = json.loads((self.out / 'metrics.json').read_text())
        self.assertRegex(metrics['learnedNothing'], 'do not rise with the score')
        for bin in metrics['calibration']['bins']:
            self.assertAlmostEqual(bin['predicted'], 1 / 12, delta=0.002)
