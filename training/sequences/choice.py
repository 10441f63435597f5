"""Chooses the options of a sequence model, and its number of epochs, on validation rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fitting import Options, SequenceModel, epochs, vectors_of_items, vectors_of_sessions
from session_windows import Actions

#: Epochs at most, and epochs without a better figure after which an option is given up.
MOST_EPOCHS = 8
PATIENCE = 2
#: Epochs where there is nothing to choose on.
STANDARD_EPOCHS = 5
PLACES = 20


@dataclass(frozen=True)
class ValidationRow:
    """A moment after an action: the items of the session so far, and the item that comes next."""

    prefix: np.ndarray
    target: int

    @property
    def is_new(self) -> bool:
        """Whether the next item is new to the session."""
        return self.target not in self.prefix


@dataclass(frozen=True)
class Choice:
    """What was chosen: options, epochs, and whether lists for all rows leave out the item that was acted on last."""

    options: Options
    epochs: int
    drops_last: bool


def reciprocal_ranks(items: np.ndarray, sessions: np.ndarray, known: np.ndarray, rows: list[ValidationRow]) -> dict[str, float]:
    """Return the sums of reciprocal ranks up to 20: over all rows, over all rows without the last item, and over new rows.

    :param items: vectors of all items
    :param sessions: vectors of the sessions of the rows
    :param known: whether an item is ranked
    """
    sums = {'all': 0.0, 'without_last': 0.0, 'new': 0.0}
    for row, vector in zip(rows, sessions):
        if not known[row.target] or np.isnan(vector[0]):
            continue
        higher = (items @ vector > items[row.target] @ vector) & known
        left_out = {'all': [], 'without_last': row.prefix[-1:], **({'new': np.unique(row.prefix)} if row.is_new else {})}
        for kind, out in left_out.items():
            if row.target not in out:
                rank = 1 + higher.sum() - higher[out].sum()
                sums[kind] += 1 / rank if rank <= PLACES else 0
    return sums


def choose(
    model: SequenceModel,
    actions: Actions,
    earlier: int,
    rows: list[int],
    items: int,
    seed: int,
    say: Callable[[str], None],
) -> Choice:
    """Fit each option of the grid to the actions before the validation rows, and return what ranks best on the new ones of these rows.

    :param earlier: number of actions before the validation rows
    :param rows: numbers of the actions after which methods rank
    """
    sessions = actions.sessions(earlier)
    judged = [ValidationRow(actions.prefix(row), actions.following(row)) for row in rows]
    if not judged or all(len(session) < 2 for session in sessions):
        return Choice(model.grid[0], STANDARD_EPOCHS, False)
    known = np.isin(np.arange(items), actions.items[:earlier])
    primary = 'new' if any(row.is_new for row in judged) else 'all'
    best, chosen = -1.0, Choice(model.grid[0], STANDARD_EPOCHS, False)
    for options in model.grid:
        reached, since = -1.0, 0
        for epoch, weights in enumerate(epochs(model, options, sessions, items, seed), 1):
            vectors = vectors_of_sessions(model, weights, [row.prefix for row in judged], known)
            sums = reciprocal_ranks(vectors_of_items(weights), vectors, known, judged)
            since = 0 if sums[primary] > reached else since + 1
            reached = max(reached, sums[primary])
            if sums[primary] > best:
                best, chosen = sums[primary], Choice(options, epoch, bool(sums['without_last'] > sums['all']))
            if epoch == MOST_EPOCHS or since == PATIENCE:
                break
        say(f'{options.loss}, dropout {options.dropout}: {epoch} epochs')
    return chosen
