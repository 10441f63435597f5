"""A small made-up dataset with missing values, and what tests of fit.py begin from."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

import numpy as np

import fit
from dataset import KINDS, SPLITS, Split

FEATURES = ['item_ctr_7d', 'seconds_since_view', 'user_events', 'noise']


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
    """Write a dataset. A split may have the keys missed, logs, times, users and kinds; validation and static may have rankings and inSession."""
    folder.mkdir(parents=True, exist_ok=True)
    description = {
        'features': FEATURES,
        'positionFeature': None,
        'label': 'next_item',
        'layoutVersion': 3,
        'accumulators': {'halfLives': [3600, 604800]},
        'dataHash': 'ab12',
        'dataNames': ['synthetic'],
        'rankings': [],
        'gap': 0,
        'splits': {},
        **changes,
    }
    splits = {'static': make_split(np.random.default_rng(12), 0), **splits}
    for name, split in splits.items():
        split['features'].astype('<f4').tofile(folder / f'{name}.features.f32')
        split['labels'].astype('<f4').tofile(folder / f'{name}.labels.f32')
        split['groups'].astype('<u4').tofile(folder / f'{name}.groups.u32')
        decisions = len(split['groups'])
        kind = KINDS.index('shown' if description['label'] == 'impressions' else 'new')
        defaults = {'times': np.arange(decisions), 'users': np.arange(decisions), 'kinds': np.full(decisions, kind)}
        facts = {**defaults, **{of: split[of] for of in defaults if of in split}}
        np.stack(list(facts.values()), axis=1).astype('<f8').tofile(folder / f'{name}.decisions.f64')
        missed = split.get('missed', 0)
        counts = {
            'rows': len(split['labels']),
            'decisions': decisions,
            'missed': missed,
            'missedByKind': {**dict.fromkeys(KINDS, 0), KINDS[kind]: missed},
            'logs': split.get('logs', [decisions]),
        }
        if name == 'static':
            description['static'] = counts
        else:
            description['splits'][name] = counts
        if name not in ('validation', 'static'):
            continue
        rows = len(split['labels'])
        rankings = np.zeros((rows, len(description['rankings'])))
        split.get('rankings', rankings).astype('<f4').tofile(folder / f'{name}.rankings.f32')
        split.get('inSession', np.zeros(rows)).astype('<u1').tofile(folder / f'{name}.in_session.u8')
    (folder / 'dataset.json').write_text(json.dumps(description))
    return folder


def split_of(labels: np.ndarray, groups: np.ndarray, missed: int = 0) -> Split:
    """Return a split without features, all of one log."""
    count = len(groups)
    facts = {'times': np.arange(count), 'users': np.arange(count), 'kinds': np.zeros(count, dtype=np.int64), 'logs': [count]}
    return Split('test', np.empty((len(labels), 0)), labels, groups, missed, left_out=0, missed_by_kind={'again': missed}, **facts)


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
