import unittest

import jax
import jax.numpy as jnp
import numpy as np

from fitting import MODELS, loss_of
from losses import SHRINKAGE, bpr_max, cross_entropy
from session_windows import Batch


def elu(x: float) -> float:
    return x if x > 0 else 0.5 * (np.exp(x) - 1)


class LossTest(unittest.TestCase):
    def setUp(self) -> None:
        random = np.random.default_rng(4)
        self.targets, self.others = random.normal(size=3), random.normal(size=(3, 5))
        self.same = np.zeros((3, 5), dtype=bool)
        self.same[1, 2] = self.same[1, 4] = True

    def test_cross_entropy_is_that_of_the_target_among_the_other_items(self) -> None:
        for row, loss in enumerate(jax.jit(cross_entropy)(self.targets, self.others, self.same)):
            others = sum(np.exp(score) for score, same in zip(self.others[row], self.same[row]) if not same)
            self.assertAlmostEqual(float(loss), -np.log(np.exp(self.targets[row]) / (np.exp(self.targets[row]) + others)), 5)

    def test_bpr_max_is_that_of_the_paper(self) -> None:
        for row, loss in enumerate(jax.jit(bpr_max)(self.targets, self.others, self.same)):
            target = elu(self.targets[row])
            others = [elu(score) for score, same in zip(self.others[row], self.same[row]) if not same]
            shares = [np.exp(score) / sum(np.exp(of) for of in others) for score in others]
            likely = sum(share / (1 + np.exp(score - target)) for share, score in zip(shares, others))
            squares = sum(share * score**2 for share, score in zip(shares, others))
            self.assertAlmostEqual(float(loss), -np.log(likely) + SHRINKAGE * squares, 5)

    def test_gradients_are_those_of_finite_differences(self) -> None:
        random = np.random.default_rng(5)
        batch = Batch(random.integers(0, 8, (2, 4)), random.integers(0, 8, (2, 4)), np.array([[1, 1, 1, 1], [1, 1, 0, 0]]))
        samples, log_odds = random.integers(0, 8, 6), random.normal(size=8)
        jax.config.update('jax_enable_x64', True)
        self.addCleanup(jax.config.update, 'jax_enable_x64', False)
        for name, model in MODELS.items():
            weights = jax.tree.map(lambda of: jnp.asarray(of, dtype=jnp.float64), model.start(8, random))
            way = jax.tree.map(lambda of: random.normal(size=of.shape), weights)
            moved = lambda step: jax.tree.map(lambda of, by: of + step * by, weights, way)
            for loss in {options.loss for options in model.grid}:
                value = jax.jit(lambda of: loss_of(model, loss, of, batch, samples, log_odds, 0.0, jax.random.key(0)))
                slope = (value(moved(1e-5)) - value(moved(-1e-5))) / 2e-5
                products = jax.tree.map(lambda of, by: (of * by).sum(), jax.jit(jax.grad(value))(weights), way)
                self.assertAlmostEqual(float(sum(jax.tree.leaves(products))), float(slope), 5, f'{name}, {loss}')

    def test_places_without_a_target_do_not_count(self) -> None:
        model = MODELS['gru4rec']
        weights = jax.tree.map(jnp.asarray, model.start(8, np.random.default_rng(6)))
        samples, log_odds = np.array([1, 2, 3]), np.zeros(8)
        loss = jax.jit(lambda *of: loss_of(model, 'cross_entropy', weights, Batch(*of), samples, log_odds, 0.0, jax.random.key(0)))
        losses = [
            loss(*of)
            for of in (
                (np.array([[4, 5]]), np.array([[5, 6]]), np.ones((1, 2))),
                (np.array([[4, 5, 0], [0, 0, 0]]), np.array([[5, 6, 0], [0, 0, 0]]), np.array([[1, 1, 0], [0, 0, 0]])),
            )
        ]
        self.assertAlmostEqual(float(losses[0]), float(losses[1]), 5)


if __name__ == '__main__':
    unittest.main()
