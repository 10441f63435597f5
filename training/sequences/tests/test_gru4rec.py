import unittest

import jax
import numpy as np

import gru4rec


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def by_hand(weights: dict, session: list[int]) -> np.ndarray:
    """The state after the last item, by the equations of a gated recurrent unit, in double precision."""
    of = {name: value.astype(np.float64) for name, value in weights.items()}
    width = gru4rec.WIDTH
    w_r, w_z, w_c = (of['input'][:, at * width : (at + 1) * width] for at in range(3))
    b_r, b_z, b_c = (of['input_bias'][at * width : (at + 1) * width] for at in range(3))
    u_r, u_z = of['gates'][:, :width], of['gates'][:, width:]
    h = np.zeros(width)
    for item in session:
        x = of['items'][item]
        r = sigmoid(x @ w_r + h @ u_r + b_r)
        z = sigmoid(x @ w_z + h @ u_z + b_z)
        h = (1 - z) * h + z * np.tanh(x @ w_c + (r * h) @ of['candidate'] + b_c)
    return h


class Gru4RecTest(unittest.TestCase):
    def test_states_are_those_of_the_equations(self) -> None:
        random = np.random.default_rng(1)
        weights = gru4rec.start(9, random)
        weights['input_bias'] = random.normal(size=300).astype(np.float32)
        sessions = random.integers(0, 9, (4, 7))
        states = np.asarray(jax.jit(gru4rec.states)(weights, sessions, 0.0, jax.random.key(0)))
        for session, of in zip(sessions, states):
            for place in range(7):
                np.testing.assert_allclose(of[place], by_hand(weights, session[: place + 1].tolist()), atol=1e-5)

    def test_dropout_keeps_the_mean_and_nothing_of_what_it_drops(self) -> None:
        weights = gru4rec.start(9, np.random.default_rng(1))
        sessions, states = np.zeros((400, 1), dtype=np.int32), jax.jit(gru4rec.states)
        full, dropped = (np.asarray(states(weights, sessions, share, jax.random.key(2)))[:, 0] for share in (0.0, 0.4))
        self.assertAlmostEqual((dropped == 0).mean(), 0.4, delta=0.01)
        np.testing.assert_allclose(dropped[dropped != 0], (full / 0.6)[dropped != 0], rtol=1e-5)


if __name__ == '__main__':
    unittest.main()
