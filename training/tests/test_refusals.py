"""What fit.py refuses, with a sentence, and leaves nothing of."""

from __future__ import annotations

import errno
import json
from unittest import mock

import numpy as np

import fit
import model_folder
from dataset import SPLITS
from errors import TrainingError
from synthetic_dataset import FEATURES, InFolder, make_splits, write_dataset


class Refusals(InFolder):
    def test_a_taken_name(self) -> None:
        dataset = write_dataset(self.folder / 'data', make_splits())
        self.out.mkdir(parents=True)
        (self.out / 'model.onnx').write_bytes(b'old')
        code, _, stderr = self.run_fit(dataset)
        self.assertEqual(code, 2)
        self.assertIn('already exists', stderr)
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
            ('rankings', 'rule'),
            ('gap', -1),
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
        self.assert_refused(write_dataset(self.folder / 'a', make_splits(train=99)), '99 decisions, but at least 100')
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
        self.assert_refused(dataset, 'ends in the middle of a number')

    def test_infinite_feature_is_named(self) -> None:
        splits = make_splits()
        splits['validation']['features'][17, 2] = np.inf
        self.assert_refused(write_dataset(self.folder / 'data', splits), 'user_events is infinite in row 17 of validation')

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
        with self.assertRaisesRegex(TrainingError, 'already exists'), model_folder.model_folder(self.out) as partial:
            (partial / 'model.onnx').write_bytes(b'new')
            self.out.mkdir()
            (self.out / 'model.onnx').write_bytes(b'old')
        self.assertEqual((self.out / 'model.onnx').read_bytes(), b'old')
        self.assertEqual(list(self.out.parent.iterdir()), [self.out])
