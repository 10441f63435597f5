import unittest

import numpy as np

from session_windows import LENGTHS, LONGEST, Actions, reading_batches, training_batches, training_windows


class SessionWindowsTest(unittest.TestCase):
    def test_each_item_but_the_first_of_a_session_is_a_target_once_after_what_came_before_it(self) -> None:
        starts, sessions = 0, []
        for length in (1, 2, 4, 6, 50, 51, 52, 130):
            sessions.append(np.arange(starts, starts + length))
            starts += length
        found = []
        for batch in training_batches(training_windows(sessions), 100, np.random.default_rng(1)):
            self.assertIn(batch.inputs.shape[1], LENGTHS)
            for row, place in np.argwhere(batch.weights > 0):
                self.assertEqual(batch.inputs[row, place] + 1, batch.targets[row, place])
                found.append(batch.targets[row, place])
        self.assertEqual(sorted(found), sorted(item for session in sessions for item in session[1:]))

    def test_a_session_is_read_up_to_an_action_and_from_its_latest_fifty(self) -> None:
        prefixes = [np.arange(length) for length in (3, 0, 50, 5, 77)]
        read = {}
        for numbers, inputs, last in reading_batches(prefixes, 60):
            for row, number in enumerate(numbers):
                read[int(number)] = inputs[row, : last[row] + 1].tolist()
        self.assertEqual(read, {at: prefixes[at][-LONGEST:].tolist() for at in (0, 2, 3, 4)})

    def test_actions_know_their_sessions_as_far_as_they_had_come(self) -> None:
        actions = Actions([0, 1, 0, 0, 1], [5, 6, 7, 5, 8])
        self.assertEqual(actions.prefix(2).tolist(), [5, 7])
        self.assertEqual(actions.following(2), 5)
        self.assertEqual([session.tolist() for session in actions.sessions(4)], [[5, 7, 5], [6]])


if __name__ == '__main__':
    unittest.main()
