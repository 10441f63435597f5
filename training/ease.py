"""Fit EASE to the sessions of a log, and write its item-item matrices.

    python training/ease.py --folder DIR

DIR has `sessions.json` with these keys; items are numbers from 0:

- `items`: the number of items.
- `sessions`: the distinct items of each session.
- `earlier`: the same for the sessions before the validation rows, on which lambda is chosen.
- `rows`: the validation rows. Each is [items of the session in order, next item, whether the next item is new to the session].

The script writes `ease.json` and one matrix of 32-bit little-endian floats for each kind of rows, `all.f32` and `new.f32`. Each
matrix has a row and a column for every item of `chosen` in `ease.json`.

The method: Harald Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019. X is the 0/1 matrix of sessions and
items, P = (X'X + lambda I)^-1, and B[i, j] = -P[i, j] / P[j, j], with zeros on the diagonal. The score of item j for a session
is the sum of B[i, j] over the items i of the session.
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
    """Return the matrix B for the number of sessions with each pair of items."""
    regular = gram + penalty * np.eye(len(gram))
    factor, failed = dpotrf(regular, lower=0, overwrite_a=1)
    if failed == 0:
        factor, failed = dpotri(factor, lower=0, overwrite_c=1)
    if failed != 0:
        raise TrainingError(f'EASE cannot invert its matrix with lambda {penalty}. Evaluate without --ease.')
    inverse = np.triu(factor) + np.triu(factor, 1).T
    matrix = inverse / -np.diag(inverse)
    np.fill_diagonal(matrix, 0)
    return matrix


def reciprocal_ranks(matrix: np.ndarray, chosen: np.ndarray, items: int, rows: list) -> dict[str, float]:
    """Return the sums of reciprocal ranks: over all rows, over all rows without the last item, and over new rows."""
    place = np.full(items, -1)
    place[chosen] = np.arange(len(chosen))
    sums = {'all': 0.0, 'without_last': 0.0, 'new': 0.0}
    for session, target, is_new in rows:
        own = place[np.unique(session)]
        own = own[own >= 0]
        if place[target] < 0 or len(own) == 0:
            continue
        scores = matrix[own].sum(axis=0)
        last = place[session[-1:]]
        kinds = {'all': own[:0], 'without_last': last[last >= 0], **({'new': own} if is_new else {})}
        for kind, left_out in kinds.items():
            if place[target] in left_out:
                continue
            above = np.count_nonzero(scores > scores[place[target]]) - np.count_nonzero(
                scores[left_out] > scores[place[target]]
            )
            if above < PLACES:
                sums[kind] += 1 / (int(above) + 1)
    return sums


def choose_lambdas(plan: dict) -> tuple[dict[str, float], bool]:
    """Return lambda for all rows and for new rows, and whether lists for all rows should leave out the last item."""
    if not plan['rows'] or not plan['earlier']:
        middle = LAMBDAS[len(LAMBDAS) // 2]
        return {'all': middle, 'new': middle}, False
    chosen, gram = gram_matrix(plan['earlier'], plan['items'], TUNED_ITEMS)
    reached = {of: reciprocal_ranks(ease(gram, of), chosen, plan['items'], plan['rows']) for of in LAMBDAS}
    of_all = max(LAMBDAS, key=lambda of: max(reached[of]['all'], reached[of]['without_last']))
    of_new = max(LAMBDAS, key=lambda of: reached[of]['new'])
    return {'all': of_all, 'new': of_new}, bool(reached[of_all]['without_last'] > reached[of_all]['all'])


def fit(folder: Path) -> None:
    """Choose lambda, fit the matrices to all sessions, and write them."""
    plan = json.loads((folder / 'sessions.json').read_text(encoding='utf-8'))
    if not any(plan['sessions']):
        raise TrainingError('EASE needs at least one session before the test period. Evaluate without --ease.')
    lambdas, drops_last = choose_lambdas(plan)
    chosen, gram = gram_matrix(plan['sessions'], plan['items'], MOST_ITEMS)
    for penalty in sorted(set(lambdas.values())):
        matrix = ease(gram, penalty).astype('<f4')
        for kind in (kind for kind, of in lambdas.items() if of == penalty):
            matrix.tofile(folder / f'{kind}.f32')
    result = {'lambdas': lambdas, 'dropsLast': drops_last, 'chosen': chosen.tolist()}
    (folder / 'ease.json').write_text(json.dumps(result), encoding='utf-8')


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--folder', type=Path, required=True)
    try:
        fit(parser.parse_args().folder)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main())
