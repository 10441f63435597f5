"""Losses that compare the score of what came next with the scores of sampled items.

Each takes `targets` of shape [rows], the scores of what came next, `others` of shape [rows, samples], the scores of sampled items, and
`same` of that shape, which is true where the sampled item is what came next. Each returns the loss of each row.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

#: Weight of the squares of scores in BPR-max.
SHRINKAGE = 1.0


def cross_entropy(targets: jax.Array, others: jax.Array, same: jax.Array) -> jax.Array:
    """Return the cross-entropy of a softmax over the target and the samples."""
    scores = jnp.concatenate([targets[:, None], jnp.where(same, -jnp.inf, others)], axis=1)
    return jax.nn.logsumexp(scores, axis=1) - targets


def bpr_max(targets: jax.Array, others: jax.Array, same: jax.Array) -> jax.Array:
    """Return BPR-max of Hidasi and Karatzoglou 2018, with their last activation, elu with a factor of 0.5."""
    targets, others = jax.nn.elu(targets, 0.5), jax.nn.elu(others, 0.5)
    shares = jax.nn.softmax(jnp.where(same, -jnp.inf, others), axis=1)
    likely = (shares * jax.nn.sigmoid(targets[:, None] - others)).sum(axis=1)
    return -jnp.log(likely + 1e-24) + SHRINKAGE * (shares * others**2).sum(axis=1)
