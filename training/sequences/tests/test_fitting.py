import unittest

import numpy as np

from choice import ValidationRow, choose, reciprocal_ranks
from fitting import MODELS, Options, epochs, vectors_of_items, vectors_of_sessions
from session_windows import Actions

#: What comes third depends on what came first.
SESSIONS = [[0, 2, 3], [1, 2, 4], [3, 0], [4, 1]]


def scores(model, weights: dict, prefix: list[int], known: list[int]) -> np.ndarray:
    is_known = np.isin(np.arange(len(weights['items'])), known)
    return vectors_of_items(weights) @ vectors_of_sessions(model, weights, [np.array(prefix, dtype=np.int64)], is_known)[0]


def fitted(model, options: Options, sessions: list[list[int]], items: int, many: int) -> dict:
    after = epochs(model, options, [np.array(session) for session in sessions], items, 7)
    return next(weights for epoch, weights in enumerate(after, 1) if epoch == many)


class FittingTest(unittest.TestCase):
    def test_models_learn_sequences_that_are_certain(self) -> None:
        for name, model in MODELS.items():
            for loss in {options.loss for options in model.grid}:
                weights = fitted(model, Options(loss, 0.0), SESSIONS * 50, 6, 60)
                for session in SESSIONS:
                    reached = scores(model, weights, session[:-1], [0, 1, 2, 3, 4])[:5]
                    self.assertEqual(int(reached.argmax()), session[-1], f'{name}, {loss}, {session}')

    def test_the_same_seed_gives_the_same_weights(self) -> None:
        for model in MODELS.values():
            once, again = (fitted(model, model.grid[0], SESSIONS * 5, 6, 2) for _ in range(2))
            np.testing.assert_array_equal(once['items'], again['items'])

    def test_items_that_the_model_was_not_fitted_to_are_not_read(self) -> None:
        for model in MODELS.values():
            weights = fitted(model, model.grid[0], SESSIONS * 5, 6, 1)
            known = [0, 1, 2, 3, 4]
            np.testing.assert_array_equal(scores(model, weights, [5, 0, 5, 2], known), scores(model, weights, [0, 2], known))
            self.assertTrue(np.isnan(scores(model, weights, [5], known)).all())
            self.assertTrue(np.isnan(scores(model, weights, [], known)).all())


class ChoiceTest(unittest.TestCase):
    def test_ranks_leave_out_what_the_kind_of_rows_leaves_out(self) -> None:
        items, known = np.array([[3.0], [2.0], [1.0], [9.0]]), np.array([True, True, True, False])
        rows = [ValidationRow(np.array([0]), 1), ValidationRow(np.array([2, 0]), 0), ValidationRow(np.array([0]), 3)]
        sums = reciprocal_ranks(items, np.ones((3, 1)), known, rows)
        self.assertEqual(sums, {'all': 1 / 2 + 1, 'without_last': 1, 'new': 1})

    def test_the_option_with_the_best_epoch_is_chosen_by_rows_after_those_it_was_fitted_to(self) -> None:
        sessions = SESSIONS * 40
        actions = Actions([at for at, session in enumerate(sessions) for _ in session], [item for of in sessions for item in of])
        said = []
        choice = choose(MODELS['gru4rec'], actions, 300, [300 + place for place in (0, 1, 3)], 6, 7, said.append)
        self.assertIn(choice.options, MODELS['gru4rec'].grid)
        self.assertEqual(len(said), len(MODELS['gru4rec'].grid))
        changed = Actions([at for at, session in enumerate(sessions) for _ in session], [*actions.items[:310], *([4] * 90)])
        self.assertEqual(choose(MODELS['gru4rec'], changed, 300, [300, 301, 303], 6, 7, said.append), choice)

    def test_without_validation_rows_the_first_option_is_used(self) -> None:
        actions = Actions([0, 0, 1], [0, 1, 2])
        for rows, earlier in (([], 3), ([0], 0), ([0], 1)):
            choice = choose(MODELS['sasrec'], actions, earlier, rows, 3, 7, lambda line: None)
            self.assertEqual(choice.options, MODELS['sasrec'].grid[0])


if __name__ == '__main__':
    unittest.main()
