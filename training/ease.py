"""Fit EASE to the sessions of a log, and write its item-item matrices.

    python training/ease.py --folder DIR [--items N]

DIR has `sessions.json` with these keys; items are numbers from 0:

- `items`: the number of items.
- `sessions`: the distinct items of each session.
- `earlier`: the same for the sessions before the validation rows, on which lambda is chosen.
- `rows`: the validation rows. Each is [items of the session in order, next item, whether the next item is new to the session].
- `options`: the lambda and the decay to use. The script chooses them on the validation rows if this key is absent.

The script writes `ease.json`, which names the lambda and the decay for each kind of rows, and one matrix of 32-bit little-endian floats for each kind of rows, `all.f32` and `new.f32`. Each
matrix has a row and a column for every item of `chosen` in `ease.json`.

The method: Harald Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019. X is the 0/1 matrix of sessions and
items, P = (X'X + lambda I)^-1, and B[i, j] = -P[i, j] / P[j, j], with zeros on the diagonal. The score of item j for a session
is the sum of w[i] B[i, j] over the items i of the session. In the paper, every w[i] is 1. Here it may also fall with the number
of actions since the latest one on i: w[i] = exp(-ago / decay). A decay of 0 stands for 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.sparse import csr_matrix

from errors import TrainingError

#: Values of lambda to choose from.
LAMBDAS = (1, 10, 50, 200, 1000)
#: Decays to choose from, in actions of the session.
DECAYS = (0, 100, 30, 10, 3)
#: Items that the choice of lambda uses, and that the matrices have, at most: the most frequent ones.
TUNED_ITEMS = 3_000
MOST_ITEMS = 6_000
PLACES = 20


def gram_matrix(sessions: list[list[int]], items: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the items that are used, in ascending order, and how many sessions have each pair of them."""
    starts = np.cumsum([0, *(len(session) for session in sessions)])
    numbers = np.fromiter((item for session in sessions for item in session), dtype=np.int64)
    x = csr_matrix((np.ones(len(numbers)), numbers, starts), shape=(len(sessions), items))
    support = np.asarray(x.sum(axis=0)).ravel()
    order = np.argsort(-support, kind='stable')[:most]
    chosen = np.sort(order[support[order] > 0])
    x = x[:, chosen]
    return chosen, (x.T @ x).toarray()


def ease(gram: np.ndarray, penalty: float) -> np.ndarray:
    """Return the matrix B for the number of sessions with each pair of items. Needs memory for one more matrix of this size."""
    regular = gram.copy()
    np.fill_diagonal(regular, regular.diagonal() + penalty)
    # LAPACK works in place on arrays in Fortran order. That is the order of the transposed array, and the matrix is symmetric.
    factor, failed = dpotrf(regular.T, lower=0, overwrite_a=1)
    if failed == 0:
        factor, failed = dpotri(factor, lower=0, overwrite_c=1)
    if failed != 0:
        raise TrainingError(f'EASE cannot invert its matrix with lambda {penalty}. Leave EASE out.')
    matrix = factor.T
    # LAPACK fills one triangle of the inverse.
    for row in range(len(matrix) - 1):
        matrix[row, row + 1 :] = matrix[row + 1 :, row]
    matrix /= -matrix.diagonal().copy()
    np.fill_diagonal(matrix, 0)
    return matrix


def weights_of(session: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct items of a session, and for each decay their weights."""
    agos = {item: len(session) - 1 - at for at, item in enumerate(session)}
    ago = np.fromiter(agos.values(), dtype=float)
    weights = [np.exp(-ago / decay) if decay > 0 else np.ones(len(ago)) for decay in DECAYS]
    return np.fromiter(agos.keys(), dtype=np.int64), np.array(weights)


def reciprocal_ranks(matrix: np.ndarray, chosen: np.ndarray, items: int, rows: list) -> dict[str, np.ndarray]:
    """Return for each decay the sums of reciprocal ranks: over all rows, over all rows without the last item, over new rows."""
    place = np.full(items, -1)
    place[chosen] = np.arange(len(chosen))
    sums = {kind: np.zeros(len(DECAYS)) for kind in ('all', 'without_last', 'new')}
    for session, target, is_new in rows:
        numbers, weights = weights_of(session)
        own, wanted = place[numbers], place[target]
        weights, own = weights[:, own >= 0], own[own >= 0]
        if wanted < 0 or len(own) == 0:
            continue
        scores = weights @ matrix[own]
        higher = scores > scores[:, wanted : wanted + 1]
        last = place[session[-1:]]
        kinds = {'all': own[:0], 'without_last': last[last >= 0], **({'new': own} if is_new else {})}
        for kind, left_out in kinds.items():
            if wanted not in left_out:
                ranks = 1 + higher.sum(axis=1) - higher[:, left_out].sum(axis=1)
                sums[kind] += np.where(ranks <= PLACES, 1 / ranks, 0)
    return sums


def choose(plan: dict) -> tuple[dict[str, dict[str, float]], bool]:
    """Return lambda and decay for all rows and for new rows, and whether lists for all rows should leave out the last item."""
    if 'options' in plan:
        return {'all': plan['options'], 'new': plan['options']}, False
    if not plan['rows'] or not plan['earlier']:
        middle = {'lambda': LAMBDAS[len(LAMBDAS) // 2], 'decay': 0}
        return {'all': middle, 'new': middle}, False
    chosen, gram = gram_matrix(plan['earlier'], plan['items'], TUNED_ITEMS)
    reached = [reciprocal_ranks(ease(gram, of), chosen, plan['items'], plan['rows']) for of in LAMBDAS]
    grid = {kind: np.array([sums[kind] for sums in reached]) for kind in reached[0]}
    grid['all'], drops = np.maximum(grid['all'], grid['without_last']), grid['without_last'] > grid['all']
    best = {kind: np.unravel_index(grid[kind].argmax(), grid[kind].shape) for kind in ('all', 'new')}
    options = {kind: {'lambda': LAMBDAS[of], 'decay': DECAYS[at]} for kind, (of, at) in best.items()}
    return options, bool(drops[best['all']])


def fit(folder: Path, most: int = MOST_ITEMS) -> None:
    """Choose lambda, fit the matrices to all sessions, and write them."""
    plan = json.loads((folder / 'sessions.json').read_text(encoding='utf-8'))
    if not any(plan['sessions']):
        raise TrainingError('EASE needs at least one session to learn from.')
    options, drops_last = choose(plan)
    chosen, gram = gram_matrix(plan['sessions'], plan['items'], most)
    for penalty in sorted({of['lambda'] for of in options.values()}):
        matrix = ease(gram, penalty).astype('<f4')
        for kind in (kind for kind, of in options.items() if of['lambda'] == penalty):
            matrix.tofile(folder / f'{kind}.f32')
    result = {'options': options, 'dropsLast': drops_last, 'chosen': chosen.tolist()}
    (folder / 'ease.json').write_text(json.dumps(result), encoding='utf-8')


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--folder', type=Path, required=True)
    parser.add_argument('--items', type=int, default=MOST_ITEMS, help='how many items the matrices have at most')
    arguments = parser.parse_args()
    try:
        fit(arguments.folder, arguments.items)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main())
