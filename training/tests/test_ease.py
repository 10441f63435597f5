import unittest

import numpy as np

from ease import ease, gram_matrix


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


if __name__ == '__main__':
    unittest.main()
