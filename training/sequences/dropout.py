"""Dropout: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014."""

import jax
import jax.numpy as jnp


def dropped(values: jax.Array, share: jax.Array, key: jax.Array) -> jax.Array:
    """Set a random share of the values to 0, and scale up the others, so that the mean stays. A share of 0 changes nothing."""
    kept = jax.random.bernoulli(key, 1 - share, values.shape)
    return jnp.where(kept, values / (1 - share), 0)
