"""The model card: what a person should know before serving the model."""

from __future__ import annotations

import numpy as np

from boosting import Boosted
from dataset import MIN_JUDGED_DECISIONS, Dataset
from ranking_metrics import NAMES, TITLES


def write_card(name: str, dataset: Dataset, boosted: Boosted, contract: dict, validation_metrics: dict, bins: list[dict]) -> str:
    """The card as Markdown, its plots beside it."""
    return '\n'.join(
        [
            f'# {name}',
            '',
            f'{boosted.trees} gradient boosted trees (XGBoost `{boosted.objective.name}`) over {len(dataset.features)} features, calibrated to '
            'the probability of a click.',
            '',
            *_data(dataset, contract),
            *_metrics(dataset, boosted, contract['metrics'], validation_metrics),
            *_calibration(contract['calibration'], bins),
            *_gain(dataset, boosted),
            '## Made with',
            '',
            f'Trained at {contract["trainedAt"]}.',
            '',
            *_table(['software', 'version'], [[software, version] for software, version in contract['versions'].items()]),
        ]
    )


def _data(dataset: Dataset, contract: dict) -> list[str]:
    positives = '1 the item that came next' if dataset.label == 'next_item' else '1 click, 2 cart, 3 purchase'
    position = (
        'The position is not a feature.'
        if dataset.position_feature is None
        else f'The position is the feature `{dataset.position_feature}`, fixed at {dataset.position_at_serving:g} when '
        'serving and in all figures below.'
    )
    names = ', '.join(dataset.data_names) or 'unnamed'
    return [
        '## Data',
        '',
        f'- Data: {names}',
        f'- Hash: `{dataset.data_hash}`',
        f'- Terms: those of {names}; what they do not allow, this model may not be used for either.',
        f'- Labels (`{dataset.label}`): 0 nothing, {positives}',
        f'- Feature layout: version {contract["layoutVersion"]}',
        f'- {position}',
        *(
            [f'- A click never becomes less probable with more of these, or with less where it says so: {_monotone(dataset)}.']
            if dataset.monotone
            else []
        ),
        '',
        'Split by time, earliest first. '
        + (
            'A missed decision is one for which the item that came next was not among the candidates.'
            if dataset.label == 'next_item'
            else 'A decision is a slate, its rows the items that were shown. '
            + (
                'Most have one item, so that clicks were learned rather than an order, and not from what says only who the user is and '
                'what their session has come to.'
                if dataset.objective == 'clicks'
                else 'In training, slates of which all items have one label are left out of the log, before it is sampled; in '
                'validation and test they stay, for calibration.'
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


def _metrics(dataset: Dataset, boosted: Boosted, test: dict, validation: dict) -> list[str]:
    def cell(measure: dict | None) -> str:
        return 'not defined' if measure is None else f'{measure["value"]:.4f} ({measure["low"]:.4f} to {measure["high"]:.4f})'

    return [
        '## Figures',
        '',
        'Means over decisions with 95 % bootstrap intervals. A missed decision counts as 0, except in AUC, which compares '
        'candidates that are there; decisions of which all rows have one label are left out; among equal scores the item that was not '
        'clicked ranks first. Candidates are those of the dataset: where negatives were sampled, ranks are among the sample.',
        '',
        *_table(['', 'test', 'validation'], [[TITLES[name], cell(test[name]), cell(validation[name])] for name in NAMES]),
        *_unjudged(dataset),
        f'![{boosted.objective.title} by number of trees](learning-curve.png)',
        '',
    ]


def _unjudged(dataset: Dataset) -> list[str]:
    """Says so where too few decisions have an order for the figures above to mean much."""
    counts = {split.name: int(split.judged.sum()) for split in (dataset.test, dataset.validation)}
    if min(counts.values()) >= MIN_JUDGED_DECISIONS:
        return []
    if max(counts.values()) == 0:
        return [
            'Everything was shown by itself, so no order within slates could be judged; the calibration below says how well clicks are '
            'foreseen.',
            '',
        ]
    return [
        'Hardly an order within slates could be judged: of '
        + ' and '.join(f'{count:,} decisions in {name}' for name, count in counts.items())
        + '. The calibration below says how well clicks are foreseen.',
        '',
    ]


def _calibration(calibration: dict, bins: list[dict]) -> list[str]:
    return [
        '## Calibration',
        '',
        f'Probability = sigmoid({calibration["slope"]:.4f} x raw {calibration["intercept"]:+.4f}), fitted on the '
        'validation split. The table is of the test split, in bins of equal size. Where negatives were sampled, '
        'probabilities are those of the sample.',
        '',
        *_table(
            ['rows', 'predicted', 'observed'],
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
    """Feature indices, the highest gain first, equal ones in the order of the features."""
    return np.argsort(-gain, kind='stable')


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [
        f'| {" | ".join(head)} |',
        f'|{" --- |" * len(head)}',
        *(f'| {" | ".join(row)} |' for row in rows),
        '',
    ]
