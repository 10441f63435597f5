"""The model card: data, metrics, calibration and versions of a model."""

from __future__ import annotations

import numpy as np

from boosting import Boosted, TreeChoice
from comparison import MODELS, Comparison, RowSet
from dataset import MIN_JUDGED_DECISIONS, Dataset
from ranking_metrics import NAMES, TITLES


def write_card(
    name: str,
    dataset: Dataset,
    choice: TreeChoice,
    boosted: Boosted,
    comparison: Comparison,
    contract: dict,
    validation_metrics: dict,
    bins: list[dict],
) -> str:
    """Return the card as Markdown. It refers to the charts beside it."""
    return '\n'.join(
        [
            f'# {name}',
            '',
            f'{boosted.trees} gradient boosted trees (XGBoost `{boosted.objective.name}`) over {len(dataset.features)} features. Scores are '
            f'calibrated to the probability {_outcome(dataset)}.',
            '',
            *_data(dataset, contract),
            *_metrics(dataset, choice, contract['metrics'], validation_metrics),
            *_comparison(comparison),
            *_calibration(contract['calibration'], bins),
            *_gain(dataset, boosted),
            '## Versions',
            '',
            f'Trained at {contract["trainedAt"]}.',
            '',
            *_table(['software', 'version'], [[software, version] for software, version in contract['versions'].items()]),
        ]
    )


def _outcome(dataset: Dataset) -> str:
    return 'that a candidate is the next item of the session' if dataset.label == 'next_item' else 'of a click'


def _data(dataset: Dataset, contract: dict) -> list[str]:
    positives = '1 the next item' if dataset.label == 'next_item' else '1 click, 2 cart, 3 purchase'
    position = (
        'Position is not a feature.'
        if dataset.position_feature is None
        else f'The feature `{dataset.position_feature}` is the position. It is fixed at {dataset.position_at_serving:g} in '
        'service and in all metrics below.'
    )
    names = ', '.join(dataset.data_names) or 'unnamed'
    return [
        '## Data',
        '',
        f'- Data: {names}',
        f'- Hash: `{dataset.data_hash}`',
        '- Licence: the licences of this data apply. Use the model only as they allow.',
        f'- Label: `{dataset.label}` (0 nothing, {positives})',
        f'- Feature layout: version {contract["layoutVersion"]}',
        f'- {position}',
        *(
            [f'- Monotone constraints: a click never becomes less probable as these rise (or fall, if marked "less"): {_monotone(dataset)}.']
            if dataset.monotone
            else []
        ),
        '',
        'The log is split by time. '
        + (
            'A decision is the moment after an action; its rows are the candidates, the items that the service could have shown. '
            'A clicked row is the candidate with label 1. A decision is missed if the next item was not among the candidates.'
            if dataset.label == 'next_item'
            else 'A decision is a slate; its rows are the shown items. '
            + (
                'Most slates have one item, so the objective is pointwise: it predicts clicks instead of an order. Features of users '
                'and sessions are left out.'
                if dataset.objective == 'clicks'
                else 'Slates whose items all have one label are left out of training. Validation and test keep them, for calibration.'
            )
        ),
        '',
        *_table(
            ['split', 'rows', 'decisions', 'missed', 'left out', 'clicked rows'],
            [
                [
                    split.name,
                    *(f'{count:,}' for count in (split.rows, split.decisions, split.missed, split.left_out)),
                    f'{int(split.clicked.sum()):,}',
                ]
                for split in (dataset.train, dataset.validation, dataset.test)
            ],
        ),
    ]


def _monotone(dataset: Dataset) -> str:
    return ', '.join(f'`{name}`' + (' (less)' if way < 0 else '') for name, way in dataset.monotone.items())


def _metrics(dataset: Dataset, choice: TreeChoice, test: dict, validation: dict) -> list[str]:
    def cell(measure: dict | None) -> str:
        return 'not defined' if measure is None else f'{measure["value"]:.4f} ({measure["low"]:.4f} to {measure["high"]:.4f})'

    return [
        '## Metrics',
        '',
        'The metrics say how near the top of the ranking the rows with a label above 0 are; 1 is best. NDCG@10 and MRR@20 look at '
        'the first 10 and 20 places, HR@20 is the share of decisions with such a row in the first 20, and AUC compares pairs of rows. '
        'They are means over decisions, with 95 % bootstrap intervals. A missed decision counts as 0, except in AUC. Decisions whose rows '
        'all have one label are left out. Among equal scores, NDCG@10 is the mean over all orders, and for MRR@20 and HR@20 the item '
        'with label 0 ranks first. Where negatives were sampled, '
        'ranks are among the sample.',
        '',
        *_table(['', 'test', 'validation'], [[TITLES[name], cell(test[name]), cell(validation[name])] for name in NAMES]),
        *_unjudged(dataset),
        f'The number of trees has the best {choice.objective.title} on {choice.where}'
        + (' of the train split. The chart shows each part, and their mean.' if choice.is_rolling else '.'),
        '',
        f'![{choice.objective.title} by number of trees](learning-curve.png)',
        '',
    ]


def _comparison(comparison: Comparison) -> list[str]:
    if not comparison.sets:
        return []

    def names(of: RowSet) -> list[str]:
        return sorted(of.values, key=lambda name: -of.values[name])

    def difference(of: RowSet, name: str) -> str:
        interval = of.differences[name]
        ahead = ', ahead of this model' if of.is_ahead(name) else ''
        return f'{interval.value:+.4f} ({interval.low:+.4f} to {interval.high:+.4f}){ahead}'

    return [
        '## Beside other rankings',
        '',
        f'{comparison.measure} of other rankings on the validation split. Among equal scores, it is the mean over all orders. '
        'The model was fitted twice, with different seeds; the folder has the model of the first seed. The intervals of the '
        'differences of one table hold together with a probability of 95 %, over users, with the spread between the two seeds in '
        'them. A ranking is ahead of this model if such an interval without that spread is below 0. Tables with "static" have the same decisions on the state at the start of the split: only the session of each '
        'decision is learned.',
        '',
        *(
            line
            for of in comparison.sets
            for line in _table(
                [f'{of.decisions:,} {of.name}', comparison.measure, 'this model minus this ranking'],
                [
                    ['this model', f'{of.seeds[0]:.4f}', ''],
                    ['this model with another seed', ', '.join(f'{seed:.4f}' for seed in of.seeds[1:]), ''],
                    *(
                        [
                            f'`{name}`' + (f', {MODELS[name]}' if name in MODELS else ''),
                            f'{of.values[name]:.4f}',
                            difference(of, name),
                        ]
                        for name in names(of)
                    ),
                ],
            )
        ),
    ]


def _unjudged(dataset: Dataset) -> list[str]:
    """Return a warning if too few decisions have an order for the metrics to be meaningful."""
    counts = {split.name: int(split.judged.sum()) for split in (dataset.test, dataset.validation)}
    if min(counts.values()) >= MIN_JUDGED_DECISIONS:
        return []
    if max(counts.values()) == 0:
        return [
            'Every slate has one item, so no order within slates could be judged. The calibration below shows how well the model '
            'predicts clicks.',
            '',
        ]
    return [
        'The metrics above rest on few decisions: '
        + ' and '.join(f'{count:,} in {name}' for name, count in counts.items())
        + '. The calibration below shows how well the model predicts clicks.',
        '',
    ]


def _calibration(calibration: dict, bins: list[dict]) -> list[str]:
    return [
        '## Calibration',
        '',
        'The sum of the trees, raw, is not a probability. It is converted: probability = '
        f'sigmoid({calibration["slope"]:.4f} x raw {calibration["intercept"]:+.4f}). The two numbers were fitted on the validation '
        'split. The table shows the rows of the test split, in bins of equal size. Where negatives were sampled, '
        'probabilities refer to the sample.',
        '',
        *_table(
            ['rows', 'mean predicted probability', 'observed share'],
            [[f'{bin["rows"]:,}', f'{bin["predicted"]:.4f}', f'{bin["observed"]:.4f}'] for bin in bins],
        ),
        '![Predicted and observed click rates](calibration.png)',
        '',
    ]


def _gain(dataset: Dataset, boosted: Boosted) -> list[str]:
    return [
        '## Features by gain',
        '',
        *_table(
            ['feature', 'share of gain'],
            [[f'`{dataset.features[index]}`', f'{boosted.gain[index]:.4f}'] for index in by_gain(boosted.gain)],
        ),
        '![Features by gain](gain.png)',
        '',
    ]


def by_gain(gain: np.ndarray) -> np.ndarray:
    """Return the feature indices, highest gain first. Equal gains are in the order of the features."""
    return np.argsort(-gain, kind='stable')


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [
        f'| {" | ".join(head)} |',
        f'|{" --- |" * len(head)}',
        *(f'| {" | ".join(row)} |' for row in rows),
        '',
    ]
