"""Fits a sequence model to sessions by sampled losses, and scores items with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gru4rec
import losses
import sasrec
from session_windows import Batch, reading_batches, training_batches, training_windows

#: Positions of a batch, about: for fitting, and for scoring.
POSITIONS = 500
READ_POSITIONS = 4_000
#: Items that are sampled for each batch.
SAMPLES = 512
#: Power of the number of actions with which items are sampled.
SAMPLE_POWER = 0.5


@dataclass(frozen=True)
class Options:
    """Options of a model that are chosen on validation rows."""

    loss: str
    dropout: float


@dataclass(frozen=True)
class SequenceModel:
    """A model that turns the items of a session into a state, by which items are scored."""

    start: Callable[[int, np.random.Generator], dict]
    states: Callable[[dict, jax.Array, jax.Array, jax.Array], jax.Array]
    learning_rate: float
    #: The first is used where there is nothing to choose on.
    grid: tuple[Options, ...]


MODELS = {
    'gru4rec': SequenceModel(
        gru4rec.start,
        gru4rec.states,
        3e-3,
        (
            Options('cross_entropy', 0.2),
            Options('bpr_max', 0.2),
        ),
    ),
    'sasrec': SequenceModel(
        sasrec.start,
        sasrec.states,
        1e-3,
        (
            Options('cross_entropy', 0.2),
            Options('cross_entropy', 0.5),
        ),
    ),
}


def loss_of(
    model: SequenceModel, loss: str, weights: dict, batch: Batch, samples: jax.Array, log_odds: jax.Array, dropout, key
) -> jax.Array:
    """Return the mean loss of the positions of a batch.

    :param samples: numbers of the sampled items
    :param log_odds: for each item the logarithm of how often it is sampled. The cross-entropy subtracts it from the scores, so that
        it estimates the softmax over all items (Jean et al. 2015, ACL)
    """
    states = model.states(weights, batch.inputs, dropout, key)
    states = states.reshape(-1, states.shape[-1])
    targets = batch.targets.ravel()
    bias = weights.get('bias', jnp.zeros(len(log_odds)))
    if loss == 'cross_entropy':
        bias = bias - log_odds
    of_targets = (states * weights['items'][targets]).sum(axis=1) + bias[targets]
    of_samples = states @ weights['items'][samples].T + bias[samples]
    each = getattr(losses, loss)(of_targets, of_samples, targets[:, None] == samples)
    present = batch.weights.ravel()
    return (each * present).sum() / present.sum()


@partial(jax.jit, static_argnames=('model', 'loss'))
def _step(model, loss, weights, state, inputs, targets, present, samples, log_odds, dropout, key):
    batch = Batch(inputs, targets, present)
    gradient = jax.grad(lambda of: loss_of(model, loss, of, batch, samples, log_odds, dropout, key))(weights)
    change, state = optax.adam(model.learning_rate).update(gradient, state)
    return optax.apply_updates(weights, change), state


def epochs(
    model: SequenceModel, options: Options, sessions: list[np.ndarray], items: int, seed: int
) -> Iterator[dict]:
    """Fit a model, and yield its weights after each epoch, without end."""
    random = np.random.default_rng(seed)
    windows = training_windows(sessions)
    counts = np.bincount(np.concatenate(sessions), minlength=items).astype(np.float64)
    odds = counts**SAMPLE_POWER / (counts**SAMPLE_POWER).sum()
    cumulated = np.cumsum(odds)
    log_odds = np.log(np.maximum(odds * SAMPLES, 1e-12)).astype(np.float32)
    weights = jax.tree.map(jnp.asarray, model.start(items, random))
    state = optax.adam(model.learning_rate).init(weights)
    key = jax.random.key(seed)
    while True:
        for batch in training_batches(windows, POSITIONS, random):
            key, now = jax.random.split(key)
            samples = np.searchsorted(cumulated, random.random(SAMPLES) * cumulated[-1], side='right').astype(np.int32)
            weights, state = _step(
                model, options.loss, weights, state, batch.inputs, batch.targets, batch.weights, samples, log_odds, options.dropout, now
            )
        yield weights


@partial(jax.jit, static_argnames='model')
def _read(model, weights, inputs, last):
    states = model.states(weights, inputs, 0.0, jax.random.key(0))
    return states[jnp.arange(len(inputs)), last]


def vectors_of_sessions(model: SequenceModel, weights: dict, prefixes: list[np.ndarray], known: np.ndarray) -> np.ndarray:
    """Return a vector for each session, of shape [sessions, width + 1]. Its product with the vector of an item is the item's score.

    :param known: whether the model was fitted to an item. Others are not read. Sessions without a known item get NaN
    """
    width = weights['items'].shape[1]
    vectors = np.full((len(prefixes), width + 1), np.nan, dtype=np.float32)
    for numbers, inputs, last in reading_batches([prefix[known[prefix]] for prefix in prefixes], READ_POSITIONS):
        vectors[numbers, :width] = np.asarray(_read(model, weights, inputs, last))[: len(numbers)]
        vectors[numbers, width] = 1
    return vectors


def vectors_of_items(weights: dict) -> np.ndarray:
    """Return a vector for each item, of shape [items, width + 1]."""
    items = np.asarray(weights['items'])
    bias = np.asarray(weights['bias']) if 'bias' in weights else np.zeros(len(items), dtype=np.float32)
    return np.column_stack([items, bias])
