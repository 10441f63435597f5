import unittest

import numpy as np

from ease import DECAYS, ease, gram_matrix, reciprocal_ranks, weights_of


class EaseTest(unittest.TestCase):
    def test_each_column_is_the_ridge_regression_of_its_item_on_the_others(self) -> None:
        # The problem that EASE solves, in the words of the paper: least squares with a penalty, and no weight on the item itself.
        random = np.random.default_rng(3)
        for penalty in (0.5, 10.0):
            x = (random.random((40, 7)) < 0.4).astype(float)
            sessions = [np.flatnonzero(row).tolist() for row in x]
            chosen, gram = gram_matrix(sessions, 7, 7)
            matrix = ease(gram, penalty)
            for item in range(7):
                others = [other for other in range(7) if other != item]
                a = x[:, others].T @ x[:, others] + penalty * np.eye(6)
                weights = np.linalg.solve(a, x[:, others].T @ x[:, item])
                np.testing.assert_allclose(matrix[others, item], weights, rtol=1e-9, atol=1e-12)
                self.assertEqual(matrix[item, item], 0)
            self.assertEqual(chosen.tolist(), list(range(7)))

    def test_the_most_frequent_items_are_used_and_items_of_no_session_are_not(self) -> None:
        chosen, gram = gram_matrix([[0, 4], [4, 2], [2, 4], [1]], 6, 2)
        self.assertEqual(chosen.tolist(), [2, 4])
        self.assertEqual(gram.tolist(), [[2, 2], [2, 3]])
        self.assertEqual(gram_matrix([[0, 4]], 6, 6)[0].tolist(), [0, 4])

    def test_the_weight_of_an_item_falls_from_its_latest_action(self) -> None:
        numbers, weights = weights_of([4, 7, 4, 9])
        of = {number: weights[:, at] for at, number in enumerate(numbers)}
        for number, ago in ((9, 0), (4, 1), (7, 2)):
            expected = [1 if decay == 0 else np.exp(-ago / decay) for decay in DECAYS]
            np.testing.assert_allclose(of[number], expected)

    def test_ranks_leave_out_what_the_kind_of_rows_leaves_out(self) -> None:
        # Item 0 brings 0, then 1, then 2: with all items equal, 1 is second for all rows, and first where 0 is left out.
        matrix = np.array([[3.0, 2.0, 1.0], [0, 0, 0], [0, 0, 0]])
        sums = reciprocal_ranks(matrix, np.arange(3), 3, [[[0], 1, True], [[0], 0, False]])
        np.testing.assert_allclose(sums['all'], 1 / 2 + 1)
        np.testing.assert_allclose(sums['without_last'], 1)
        np.testing.assert_allclose(sums['new'], 1)


if __name__ == '__main__':
    unittest.main()
