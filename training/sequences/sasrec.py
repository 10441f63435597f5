"""SASRec: Kang and McAuley, "Self-attentive sequential recommendation", ICDM 2018.

Two blocks of self-attention with one head read the latest items of a session. The score of an item is the product of the last output
and the item's vector. Each block is that of the authors' program: the queries are normalised, the keys and values are not.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from dropout import dropped
from session_windows import LONGEST

WIDTH = 64
BLOCKS = 2


def start(items: int, random: np.random.Generator) -> dict:
    """Return random weights: normal vectors of items and places, and uniform ones within sqrt(6 / (inputs + outputs)) elsewhere."""

    def matrix() -> np.ndarray:
        most = np.sqrt(6 / (2 * WIDTH))
        return random.uniform(-most, most, (WIDTH, WIDTH)).astype(np.float32)

    def norm() -> dict[str, np.ndarray]:
        return {'scale': np.ones(WIDTH, dtype=np.float32), 'shift': np.zeros(WIDTH, dtype=np.float32)}

    def block() -> dict:
        matrices = {name: matrix() for name in ('query', 'key', 'value', 'inner', 'outer')}
        biases = {f'{name}_bias': np.zeros(WIDTH, dtype=np.float32) for name in matrices}
        return {**matrices, **biases, 'attention_norm': norm(), 'forward_norm': norm()}

    return {
        'items': random.normal(0, 1 / np.sqrt(WIDTH), (items, WIDTH)).astype(np.float32),
        'places': random.normal(0, 1 / np.sqrt(WIDTH), (LONGEST, WIDTH)).astype(np.float32),
        'blocks': [block() for _ in range(BLOCKS)],
        'last_norm': norm(),
    }


def states(weights: dict, inputs: jax.Array, dropout: jax.Array, key: jax.Array) -> jax.Array:
    """Return the output after each item of the sessions, of shape [sessions, length, WIDTH].

    :param inputs: item numbers of shape [sessions, length], with a length of at most LONGEST
    :param dropout: share of the values that is set to 0 after each layer
    """
    keys = iter(jax.random.split(key, 1 + 3 * BLOCKS))
    length = inputs.shape[1]
    x = weights['items'][inputs] * np.sqrt(WIDTH) + weights['places'][:length]
    x = dropped(x, dropout, next(keys))
    later = jnp.triu(jnp.ones((length, length), dtype=bool), 1)
    for block in weights['blocks']:
        asking = _normalised(x, block['attention_norm'])
        query, of_keys, value = (
            source @ block[name] + block[f'{name}_bias']
            for name, source in (('query', asking), ('key', x), ('value', x))
        )
        likeness = jnp.where(later, -jnp.inf, query @ of_keys.swapaxes(1, 2) / np.sqrt(WIDTH))
        attention = dropped(jax.nn.softmax(likeness), dropout, next(keys))
        x = _normalised(asking + attention @ value, block['forward_norm'])
        inner = dropped(jax.nn.relu(x @ block['inner'] + block['inner_bias']), dropout, next(keys))
        x = x + dropped(inner @ block['outer'] + block['outer_bias'], dropout, next(keys))
    return _normalised(x, weights['last_norm'])


def _normalised(x: jax.Array, norm: dict) -> jax.Array:
    mean = x.mean(axis=-1, keepdims=True)
    return norm['scale'] * (x - mean) / jnp.sqrt(x.var(axis=-1, keepdims=True) + 1e-8) + norm['shift']
