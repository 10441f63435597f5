import unittest

import jax
import numpy as np

import sasrec


def normalised(x: np.ndarray, norm: dict) -> np.ndarray:
    return norm['scale'] * (x - x.mean()) / np.sqrt(((x - x.mean()) ** 2).mean() + 1e-8) + norm['shift']


def by_hand(weights: dict, session: list[int]) -> np.ndarray:
    """The output after the last item: every sum over earlier places written out, in double precision."""
    weights = jax.tree.map(lambda of: np.asarray(of, dtype=np.float64), weights)
    width = sasrec.WIDTH
    x = [weights['items'][item] * np.sqrt(width) + weights['places'][place] for place, item in enumerate(session)]
    for of in weights['blocks']:
        asking = [normalised(at, of['attention_norm']) for at in x]
        keys = [at @ of['key'] + of['key_bias'] for at in x]
        values = [at @ of['value'] + of['value_bias'] for at in x]
        after = []
        for place, at in enumerate(asking):
            query = at @ of['query'] + of['query_bias']
            likeness = np.array([np.exp(query @ keys[earlier] / np.sqrt(width)) for earlier in range(place + 1)])
            shares = likeness / likeness.sum()
            mixed = normalised(at + sum(share * value for share, value in zip(shares, values)), of['forward_norm'])
            inner = np.maximum(0, mixed @ of['inner'] + of['inner_bias'])
            after.append(mixed + inner @ of['outer'] + of['outer_bias'])
        x = after
    return normalised(x[-1], weights['last_norm'])


class SasRecTest(unittest.TestCase):
    def test_outputs_are_those_of_the_equations(self) -> None:
        random = np.random.default_rng(1)
        noise = lambda of: (of + random.normal(0, 0.2, of.shape)).astype(np.float32)
        weights = jax.tree.map(noise, sasrec.start(9, random))
        sessions = random.integers(0, 9, (3, 6))
        states = np.asarray(jax.jit(sasrec.states)(weights, sessions, 0.0, jax.random.key(0)))
        for session, of in zip(sessions, states):
            for place in range(6):
                np.testing.assert_allclose(of[place], by_hand(weights, session[: place + 1].tolist()), atol=1e-5)


if __name__ == '__main__':
    unittest.main()
