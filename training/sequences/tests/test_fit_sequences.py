import json
import tempfile
import unittest
from pathlib import Path

import numpy as np

from errors import TrainingError
from fit_sequences import fit


def plan_of(sessions: list[list[int]], cuts: list[int], asked: list[int]) -> dict:
    return {
        'sessions': [number for number, session in enumerate(sessions) for _ in session],
        'items': [item for session in sessions for item in session],
        'earlier': 0,
        'validation': [],
        'cuts': cuts,
        'asked': asked,
        'seed': 7,
    }


def vectors_for(plan: dict) -> dict[str, np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / 'sequences.json').write_text(json.dumps(plan), encoding='utf-8')
        fit(Path(folder))
        return {path.stem: np.fromfile(path, dtype='<f4') for path in Path(folder).glob('*.f32')}


class FitSequencesTest(unittest.TestCase):
    def test_what_comes_after_a_cut_changes_no_vector_of_it(self) -> None:
        sessions = [[0, 1], [5, 2, 0], [0, 1, 2], [5, 0, 1], [1, 2]]
        plan = plan_of(sessions, [5, 8], [5, 6, 8, 9])
        vectors = vectors_for(plan)
        self.assertEqual({name: len(of) for name, of in vectors.items()}, {
            'gru4rec-0': (4 + 4) * 101, 'gru4rec-1': (4 + 2) * 101, 'sasrec-0': (4 + 4) * 65, 'sasrec-1': (4 + 2) * 65,
        })
        changed = vectors_for({**plan, 'items': [*plan['items'][:10], 0, 0, 2]})
        for name, of in vectors.items():
            np.testing.assert_array_equal(of, changed[name], name)
        # The second cut has learned more than the first.
        self.assertGreater(np.abs(vectors['gru4rec-0'][:404] - vectors['gru4rec-1'][:404]).max(), 0)

    def test_a_user_with_one_session_and_an_item_of_the_test_period_alone(self) -> None:
        vectors = vectors_for(plan_of([[0, 1, 0, 1, 5, 0]], [4], [4, 5]))
        for name, width in (('gru4rec-0', 101), ('sasrec-0', 65)):
            self.assertEqual(len(vectors[name]), (2 + 2) * width)
            self.assertTrue(np.isfinite(vectors[name]).all())

    def test_sessions_of_one_item_are_refused(self) -> None:
        for sessions, cut in (([[0], [1], [2, 3]], 2), ([[0, 1]], 0), ([[0, 1]], 1)):
            with self.assertRaisesRegex(TrainingError, 'Leave out --sequence-models'):
                vectors_for(plan_of(sessions, [cut], []))


if __name__ == '__main__':
    unittest.main()
