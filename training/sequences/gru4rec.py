"""GRU4Rec: Hidasi and Karatzoglou, "Recurrent neural networks with top-k gains for session-based recommendations", CIKM 2018.

One layer of gated recurrent units reads the items of a session. The score of an item is the product of the layer's state and the
item's vector, plus a number for each item. The vectors of items that are read and of items that are scored are the same ("constrained
embedding"), as in the best published configurations.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from dropout import dropped

#: Units of the layer.
WIDTH = 100


def start(items: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Return random weights, each uniform within sqrt(6 / (inputs + outputs)), as in the program of the authors."""

    def uniform(inputs: int, outputs: int, blocks: int = 1) -> np.ndarray:
        most = np.sqrt(6 / (inputs + outputs))
        return random.uniform(-most, most, (inputs, blocks * outputs)).astype(np.float32)

    return {
        'items': uniform(items, WIDTH),
        'bias': np.zeros(items, dtype=np.float32),
        'input': uniform(WIDTH, WIDTH, 3),
        'input_bias': np.zeros(3 * WIDTH, dtype=np.float32),
        'gates': uniform(WIDTH, WIDTH, 2),
        'candidate': uniform(WIDTH, WIDTH),
    }


def states(weights: dict, inputs: jax.Array, dropout: jax.Array, key: jax.Array) -> jax.Array:
    """Return the state after each item of the sessions, of shape [sessions, length, WIDTH].

    :param inputs: item numbers of shape [sessions, length]
    :param dropout: share of the state that is set to 0, for scoring alone
    """
    read = weights['items'][inputs] @ weights['input'] + weights['input_bias']

    def step(state: jax.Array, now: jax.Array) -> tuple[jax.Array, jax.Array]:
        reset, update, fresh = jnp.split(now, 3, axis=-1)
        of_reset, of_update = jnp.split(state @ weights['gates'], 2, axis=-1)
        candidate = jnp.tanh(fresh + (jax.nn.sigmoid(reset + of_reset) * state) @ weights['candidate'])
        share = jax.nn.sigmoid(update + of_update)
        state = (1 - share) * state + share * candidate
        return state, state

    _, after = jax.lax.scan(step, jnp.zeros((len(inputs), WIDTH)), read.swapaxes(0, 1))
    return dropped(after.swapaxes(0, 1), dropout, key)
