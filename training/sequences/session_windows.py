"""The sessions of a log as windows of fixed length, for models that read them in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

#: Actions of a session that a model reads at most: the latest ones.
LONGEST = 50
#: Lengths to which windows are padded. A model is compiled once for each of them.
LENGTHS = (5, 10, 20, LONGEST)


@dataclass(frozen=True)
class Batch:
    """Windows of one length, padded at the end. A causal model reads no padding before the last item of a window.

    `inputs` and `targets` are item numbers of shape [windows, length]; `targets[i, t]` comes after `inputs[i, t]`. `weights` are 1
    where there is a target, else 0.
    """

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray


class Actions:
    """The actions of a log in order: for each, the number of its session and of its item."""

    def __init__(self, sessions: list[int], items: list[int]) -> None:
        self.items = np.asarray(items, dtype=np.int32)
        self._sessions = np.asarray(sessions, dtype=np.int64)
        self._places: list[int] = []
        self._of: dict[int, list[int]] = {}
        for number, session in enumerate(sessions):
            held = self._of.setdefault(session, [])
            self._places.append(len(held))
            held.append(number)

    def prefix(self, row: int) -> np.ndarray:
        """Return the items of the session of an action, up to this action."""
        return self.items[self._of[self._sessions[row]][: self._places[row] + 1]]

    def following(self, row: int) -> int:
        """Return the item of the next action of the session."""
        return int(self.items[self._of[self._sessions[row]][self._places[row] + 1]])

    def sessions(self, before: int) -> list[np.ndarray]:
        """Return the items of each session, of the first actions alone."""
        order = np.argsort(self._sessions[:before], kind='stable')
        starts = np.flatnonzero(np.diff(self._sessions[:before][order])) + 1
        return np.split(self.items[:before][order], starts)


def training_windows(sessions: list[np.ndarray]) -> list[np.ndarray]:
    """Return windows of 2 to 51 items. Each item but the first of a session is the target of exactly one of them."""
    return [
        session[start : start + LONGEST + 1]
        for session in sessions
        for start in range(0, len(session) - 1, LONGEST)
    ]


def length_for(items: int) -> int:
    """Return the length to which a window of so many items is padded."""
    return next(length for length in LENGTHS if items <= length)


def training_batches(windows: list[np.ndarray], positions: int, random: np.random.Generator) -> list[Batch]:
    """Return the windows in a random order, in batches of about so many positions."""
    batches = []
    for length in LENGTHS:
        fitting = [window for window in windows if length_for(len(window) - 1) == length]
        order = random.permutation(len(fitting))
        size = max(1, positions // length)
        for start in range(0, len(order), size):
            inputs, targets = np.zeros((2, size, length), dtype=np.int32)
            weights = np.zeros((size, length), dtype=np.float32)
            for row, number in enumerate(order[start : start + size]):
                window = fitting[number]
                many = len(window) - 1
                inputs[row, :many], targets[row, :many], weights[row, :many] = window[:-1], window[1:], 1
            batches.append(Batch(inputs, targets, weights))
    return [batches[number] for number in random.permutation(len(batches))]


def reading_batches(prefixes: list[np.ndarray], positions: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield numbers of prefixes, their latest items of shape [size, length], and the place of the last item of each.

    Prefixes without an item are left out.
    """
    latest = [prefix[-LONGEST:] for prefix in prefixes]
    filled = np.fromiter((len(window) for window in latest), dtype=np.int64, count=len(latest))
    lengths = np.fromiter((length_for(items) for items in filled), dtype=np.int64, count=len(latest))
    for length in LENGTHS:
        numbers = np.flatnonzero((lengths == length) & (filled > 0))
        size = max(1, positions // length)
        for start in range(0, len(numbers), size):
            chosen = numbers[start : start + size]
            inputs = np.zeros((size, length), dtype=np.int32)
            last = np.zeros(size, dtype=np.int32)
            for row, number in enumerate(chosen):
                window = latest[number]
                inputs[row, : len(window)], last[row] = window, len(window) - 1
            yield chosen, inputs, last
