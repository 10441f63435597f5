"""Fit GRU4Rec and SASRec to the sessions of a log, and write the vectors by which they score items.

    python training/sequences/fit_sequences.py --folder DIR

DIR has `sequences.json` with these keys. Actions, sessions and items are numbers from 0, in the order of the log:

- `sessions` and `items`: the session and the item of each action.
- `earlier`: the number of actions before the validation rows.
- `validation`: the actions after which models are compared, to choose their options. The session goes on after each of them.
- `cuts`: the numbers of actions before the cuts, ascending. At each cut, a model learns from the actions before it alone.
- `asked`: ascending numbers of actions after which the models rank. None is before the first cut.
- `seed`: decides all chance.

For each model, the script writes `MODEL.json`, with what was chosen, and for each cut `MODEL-CUT.f32`: 32-bit little-endian floats, the
vectors of the items that are known at the cut, in ascending order, then the vectors of the rows. Those of the first cut are all rows, those of the
others the rows after it and before the next one. The product of two vectors is a score.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

# One thread: results then do not depend on how work is divided among the processors. JAX reads this as it is imported.
os.environ['XLA_FLAGS'] = '--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1'
os.environ['JAX_PLATFORMS'] = 'cpu'
sys.path.insert(1, str(Path(__file__).resolve().parent.parent))

import numpy as np  # noqa: E402

from choice import choose  # noqa: E402
from errors import TrainingError  # noqa: E402
from fitting import MODELS, epochs, vectors_of_items, vectors_of_sessions  # noqa: E402
from session_windows import Actions  # noqa: E402


def fit(folder: Path) -> None:
    """Choose options, fit each model at each cut, and write the vectors."""
    plan = json.loads((folder / 'sequences.json').read_text(encoding='utf-8'))
    actions = Actions(plan['sessions'], plan['items'])
    cuts, asked, seed = plan['cuts'], np.asarray(plan['asked'], dtype=np.int64), plan['seed']
    if all(len(session) < 2 for session in actions.sessions(cuts[0])):
        raise TrainingError('No session before the test period has two actions. Leave out --sequence-models.')
    items = int(actions.items.max()) + 1
    for name, model in MODELS.items():
        say = lambda line: print(f'{name}: {line}', flush=True)
        choice = choose(model, actions, plan['earlier'], plan['validation'], items, seed, say)
        for number, cut in enumerate(cuts):
            for epoch, weights in enumerate(epochs(model, choice.options, actions.sessions(cut), items, seed), 1):
                if epoch == choice.epochs:
                    break
            until = cuts[number + 1] if 0 < number < len(cuts) - 1 else len(actions.items)
            rows = asked[(asked >= cut) & (asked < until)]
            known = np.isin(np.arange(items), actions.items[:cut])
            vectors = [
                vectors_of_items(weights)[known],
                vectors_of_sessions(model, weights, [actions.prefix(row) for row in rows], known),
            ]
            np.concatenate(vectors).astype('<f4').tofile(folder / f'{name}-{number}.f32')
            say(f'fitted to {cut} actions')
        result = {'options': {**asdict(choice.options), 'epochs': choice.epochs}, 'dropsLast': choice.drops_last}
        (folder / f'{name}.json').write_text(json.dumps(result), encoding='utf-8')


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--folder', type=Path, required=True)
    arguments = parser.parse_args()
    try:
        fit(arguments.folder)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main())
