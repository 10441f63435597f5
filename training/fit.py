"""Fit a ranker to a dataset that the replay wrote, and write a model folder.

    python training/fit.py --dataset DIR --out DIR [--max-trees 300] [--depth 6] [--seed 7] [--compare DIR]

Progress goes to stdout. When no model can be made, the last line of stderr says what to do, and the exit code is 2.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from pathlib import Path
from types import FrameType

import numpy as np

from another_model import score_with
from boosting import MAX_DEPTH, MAX_TREES, Boosted, TreeChoice, boost, choose_trees, train_matrix
from calibration import Calibration, fit_calibration, flat_calibration, reliability
from card import write_card
from comparison import Comparison, compare
from contract import build_contract
from dataset import Dataset, Split, read_dataset
from distributions import distributions
from errors import TrainingError
from model_folder import check_free, model_folder
from onnx_export import export_onnx
from parity import check_parity, parity_sample
from plots import plot_calibration, plot_gain, plot_learning_curve
from ranking_metrics import NAMES, TITLES, summarise


def report(line: str) -> None:
    print(line, flush=True)


def fit(
    dataset: Dataset,
    out: Path,
    max_trees: int,
    depth: int,
    seed: int,
    compare_with: Path | None = None,
    scores: Path | None = None,
) -> None:
    """Fit, calibrate, judge, export and check the model, then move the folder to its final name."""
    began = time.monotonic()
    # Before the trees, which take a while: what cannot be compared should say so at once.
    compared = None if compare_with is None else score_with(compare_with, dataset)
    choice, boosted, margins = fit_models(dataset, max_trees, depth, seed)
    test = dataset.as_served(dataset.test)
    test_margins = boosted.margins(test)
    comparison = compare(dataset, margins)
    report_comparison(comparison)
    validated = margins['validation'][0]
    calibration, problem = calibrate(validated, dataset)
    probabilities = calibration.probabilities(test_margins)
    bins = reliability(probabilities, dataset.test.clicked)
    report(f'Calibrated to clicks: slope {calibration.slope:.4f}, intercept {calibration.intercept:.4f}')

    # Raw scores order the rows as probabilities do, but are not made equal by a flat end of the sigmoid.
    test_metrics = summarise(test_margins, dataset.test, seed)
    validation_metrics = summarise(validated, dataset.validation, seed)
    report_figures('Test', test_metrics)
    if compare_with is not None and compared is not None:
        report_figures(f'Test, model {compare_with.name},', summarise(compared, dataset.test, seed))

    contract = build_contract(dataset, boosted, calibration, test_metrics)
    model = export_onnx(boosted.booster, len(dataset.features), calibration, contract).SerializeToString()
    difference = check_parity(model, test, probabilities)
    if scores is not None:
        probabilities.astype('<f4').tofile(scores)
    report(f'ONNX agrees with XGBoost on {dataset.test.rows:,} test rows to {difference:.1e}')

    metrics = {
        'test': contract['metrics'],
        'validation': {**validation_metrics, **counts(dataset.validation)},
        'calibration': {**contract['calibration'], 'bins': bins},
        'comparison': comparison.as_json(),
        'learnedNothing': problem,
        'gain': {name: float(gain) for name, gain in zip(dataset.features, boosted.gain)},
        'distributions': distributions(dataset),
        'trees': boosted.trees,
        'treesChosenOn': 'rolling origins' if choice.is_rolling else 'validation',
        'parity': difference,
        'settings': {'maxTrees': max_trees, 'depth': depth, 'seeds': [seed, seed + 1]},
    }
    with model_folder(out) as folder:
        (folder / 'model.onnx').write_bytes(model)
        write_json(folder / 'parity.json', parity_sample(dataset.features, test, probabilities, boosted.booster))
        card = write_card(out.name, dataset, choice, boosted, comparison, contract, validation_metrics, bins)
        (folder / 'card.md').write_text(card, encoding='utf-8')
        plot_learning_curve(folder / 'learning-curve.png', choice)
        plot_gain(folder / 'gain.png', dataset.features, boosted)
        plot_calibration(folder / 'calibration.png', bins)
        # Last, for it says what all of this took.
        metrics['took'] = {'seconds': time.monotonic() - began, 'cpuSeconds': time.process_time(), 'peakMb': peak_mb()}
        write_json(folder / 'metrics.json', metrics, indent=2)
    report(f'Wrote {out}')


def fit_models(
    dataset: Dataset, max_trees: int, depth: int, seed: int
) -> tuple[TreeChoice, Boosted, dict[str, list[np.ndarray]]]:
    """Return how many trees there are, the model, and by part the raw scores: of the model, and with the next seed.

    The two models show how much chance there is in the training. The one that is kept is always that of the first seed.
    """
    choice = choose_trees(dataset, max_trees, depth, seed, report)
    report(f'Chose {choice.trees} trees: the best {choice.objective.title} on {choice.where}')
    matrix = train_matrix(dataset)
    models = [boost(dataset, matrix, choice.trees, depth, of) for of in (seed, seed + 1)]
    del matrix
    margins = {}
    for part in (dataset.validation, dataset.static):
        served = dataset.as_served(part)
        margins[part.name] = [model.margins(served) for model in models]
        part.release()
    return choice, models[0], margins


def calibrate(raw: np.ndarray, dataset: Dataset) -> tuple[Calibration, str | None]:
    """Return the calibration on the validation split: a flat one, and why, if the model learned nothing that applies there."""
    clicked = dataset.validation.clicked
    try:
        return fit_calibration(raw, clicked), None
    except TrainingError as error:
        return flat_calibration(clicked), str(error)


def report_comparison(comparison: Comparison) -> None:
    for of in comparison.sets:
        report(f'{comparison.measure} on validation, {of.decisions:,} {of.name}:')
        report(f'  {"this model":<20} {of.seeds[0]:.4f} (with another seed {", ".join(f"{seed:.4f}" for seed in of.seeds[1:])})')
        for name, value in sorted(of.values.items(), key=lambda entry: -entry[1]):
            report(f'  {name:<20} {value:.4f} ({of.differences[name].value:+.4f} for this model)')


def counts(split: Split) -> dict[str, int]:
    return {'rows': split.rows, 'decisions': split.decisions + split.missed, 'missed': split.missed}


def peak_mb() -> float | None:
    """Return the peak memory of this process in MB; None if the system does not report it."""
    try:
        import resource
    except ImportError:
        return None
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / 2**20 if sys.platform == 'darwin' else held / 2**10


def report_figures(title: str, metrics: dict) -> None:
    for name in NAMES:
        measure = metrics[name]
        if measure is not None:
            report(f'{title} {TITLES[name]}: {measure["value"]:.4f} ({measure["low"]:.4f} to {measure["high"]:.4f})')


def write_json(path: Path, value: object, indent: int | None = None) -> None:
    path.write_text(json.dumps(value, allow_nan=False, indent=indent) + '\n', encoding='utf-8')


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='fit.py', description='Fit a ranker to a dataset that the replay has written.')
    parser.add_argument('--dataset', type=Path, required=True, help='the folder with dataset.json')
    parser.add_argument('--out', type=Path, required=True, help='the model folder to write, which must not exist yet')
    parser.add_argument('--max-trees', type=int, default=MAX_TREES, help=f'1 to {MAX_TREES}')
    parser.add_argument('--depth', type=int, default=MAX_DEPTH, help=f'1 to {MAX_DEPTH}')
    parser.add_argument('--seed', type=int, default=7, help='the same seed and data give the same trees')
    parser.add_argument('--scores', type=Path, help='a file for the score of each test row, float32')
    parser.add_argument('--compare', type=Path, help='a model folder that is judged on the same test split')
    options = parser.parse_args(arguments)
    for name, value, highest in (('--max-trees', options.max_trees, MAX_TREES), ('--depth', options.depth, MAX_DEPTH)):
        if not 1 <= value <= highest:
            parser.error(f'{name} must be from 1 to {highest}, so that one batch does not hold up the service.')
    if options.seed < 0:
        parser.error('--seed must be 0 or more.')
    return options


def main(arguments: list[str]) -> int:
    """Run the command; the result is its exit code."""
    options = parse_arguments(arguments)
    out = options.out.resolve()
    try:
        check_free(out)
        dataset = read_dataset(options.dataset)
        report(
            f'Read {dataset.train.rows:,} rows of {len(dataset.features)} features in {dataset.train.decisions:,} decisions '
            f'to train on, {dataset.validation.decisions:,} to validate and {dataset.test.decisions:,} to test'
        )
        fit(dataset, out, options.max_trees, options.depth, options.seed, options.compare, options.scores)
        return 0
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 2
    except MemoryError:
        print('There is not enough memory for this dataset: let the replay sample fewer decisions.', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('Stopped: no model was written.', file=sys.stderr)
        return 130


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(main(sys.argv[1:]))
