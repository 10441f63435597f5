"""The dataset folder that the TypeScript replay writes, read and checked before anything is fitted.

`dataset.json` names the features in order, and per split the numbers of rows, decisions, missed decisions and those that were
left out, because all their rows have one label. For the objective `clicks`, `monotone` names features with which the click
probability may only rise (1) or only fall (-1). Each split has three files of little-endian numbers, in the order of the log:

    <split>.features.f32   float32 [rows, features], row after row; NaN is a missing value
    <split>.labels.f32     float32 [rows]: 0 nothing (or shown), 1 click or next item, 2 cart, 3 purchase
    <split>.groups.u32     uint32 [decisions]: the rows of each decision
    <split>.decisions.f64  float64 [decisions, 3]: time in ms, number of the user, and kind (its index in KINDS)

The decisions of several logs follow one another, each log in its order; `logs` has their numbers. `gap` says how many ms a label looks
ahead. A fourth part, `static`, has the decisions of the validation split on the state at its start, as far as the log can be played so.
The parts `validation` and `static` have two more files, to compare a model with the `rankings` that `dataset.json` names:

    <part>.rankings.f32     float32 [rows, rankings]: scores; NaN where a ranking does not place the item
    <part>.in_session.u8    uint8 [rows]: 1 if the session has acted on the item
"""

from __future__ import annotations

import json
import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np

from errors import TrainingError

SPLITS = ('train', 'validation', 'test')
LABELS = ('next_item', 'impressions')
OBJECTIVES = ('order', 'clicks')
"""`order`: a ranking objective. `clicks`: a pointwise objective, the click probability of each row."""
HIGHEST_LABEL = 3
KINDS = ('again', 'new', 'opening', 'shown')
"""What a decision is about: a next item that the session had acted on, one that it had not, its first one, or a shown slate."""

MIN_TRAIN_DECISIONS = 100
"""A model trained on fewer decisions has only learned noise."""

MIN_JUDGED_DECISIONS = 10
"""With the objective `order`, validation and test each need this many decisions whose rows differ in label, or their figures are
noise. With `clicks`, validation uses the log loss of rows. Its ranking figures come with their number of decisions."""

_SCAN_ROWS = 65536
"""Rows that are scanned at a time, so that a large memory-mapped matrix does not fill memory."""


@dataclass(frozen=True)
class Split:
    """One split. `features` [rows, F] are those of the file, `mapped`; `starts` [decisions] is each decision's first row.

    `missed` decisions have no rows: the candidate generator did not offer the item that came next. Neither have those that
    were `left_out`: nothing was clicked, or everything. `times` (ms), `users` and `kinds` are of decisions; `logs` has the number of
    decisions of each log.
    """

    name: str
    features: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    missed: int
    left_out: int
    times: np.ndarray
    users: np.ndarray
    kinds: np.ndarray
    logs: list[int]
    missed_by_kind: dict[str, int]
    mapped: mmap.mmap | None = None

    def release(self) -> None:
        """Free the memory that reading has filled. Later reads come from the file again."""
        if self.mapped is not None and hasattr(self.mapped, 'madvise'):
            self.mapped.madvise(mmap.MADV_DONTNEED)

    @property
    def rows(self) -> int:
        return len(self.labels)

    @property
    def decisions(self) -> int:
        return len(self.groups)

    @property
    def starts(self) -> np.ndarray:
        return np.concatenate(([0], np.cumsum(self.groups[:-1], dtype=np.int64))).astype(np.int64)

    @property
    def clicked(self) -> np.ndarray:
        """Return bool [rows]: whether the label of the row is above 0."""
        return self.labels > 0

    @property
    def judged(self) -> np.ndarray:
        """Return bool [decisions]: whether the rows have different labels, so that one order is better than another."""
        if self.decisions == 0:
            return np.empty(0, dtype=bool)
        return np.maximum.reduceat(self.labels, self.starts) > np.minimum.reduceat(self.labels, self.starts)


@dataclass(frozen=True)
class Ranked:
    """What is known of the rows of a part, to compare a model with other rankings."""

    scores: np.ndarray
    """float32 [rows, rankings]: the scores of other rankings; -inf where an item is not placed."""
    in_session: np.ndarray
    """bool [rows]: whether the session had acted on the item."""


@dataclass(frozen=True)
class Dataset:
    """A checked dataset. `position_at_serving` is the position that the service gives to all candidates."""

    features: list[str]
    position_feature: str | None
    position_at_serving: float | None
    label: str
    objective: str
    monotone: dict[str, int]
    layout_version: int
    accumulators: Any
    data_hash: str
    data_names: list[str]
    gap: float
    rankings: list[str]
    train: Split
    validation: Split
    test: Split
    static: Split
    """The decisions of the validation split on the state at its start, of the logs that can be played so."""
    ranked: dict[str, Ranked]
    """By the name of the part: `validation` and `static`."""

    def as_served(self, split: Split) -> np.ndarray:
        """float32 [rows, F]: the split's features with the position fixed, as the service will fill it.

        A model is judged and calibrated on these: the true position would lend it what it will not have.
        """
        if self.position_feature is None:
            return split.features
        matrix = np.array(split.features)
        matrix[:, self.features.index(self.position_feature)] = self.position_at_serving
        return matrix


def read_dataset(folder: Path) -> Dataset:
    """Read and check the folder. Raises TrainingError if it is not fit for training."""
    description = _read_description(folder / 'dataset.json')
    features = description['features']
    splits = {name: _read_split(folder, name, description['splits'][name], features) for name in SPLITS}
    _check_enough(splits, description['objective'])
    static = _read_split(folder, 'static', description['static'], features)
    position = description['positionFeature']
    return Dataset(
        features=features,
        position_feature=position,
        position_at_serving=None if position is None else _top_position(splits['train'], features.index(position), position),
        label=description['label'],
        objective=description['objective'],
        monotone=description['monotone'],
        layout_version=description['layoutVersion'],
        accumulators=description['accumulators'],
        data_hash=description['dataHash'],
        data_names=description['dataNames'],
        gap=description['gap'],
        rankings=description['rankings'],
        train=splits['train'],
        validation=splits['validation'],
        test=splits['test'],
        static=static,
        ranked={part.name: _read_ranked(folder, part, description['rankings']) for part in (splits['validation'], static)},
    )


def _read_description(path: Path) -> dict[str, Any]:
    try:
        description = json.loads(path.read_text(encoding='utf-8'))
    except OSError as error:
        raise TrainingError(
            f'{path} cannot be read ({error.strerror}): give --dataset the folder that the replay has written.'
        ) from error
    except ValueError as error:
        raise TrainingError(f'{path} is not JSON ({error}): run the replay again.') from error

    def check(holds: bool, field: str, wanted: str) -> None:
        if not holds:
            raise TrainingError(f'{path} must have {wanted} under "{field}": run the replay of the same version again.')

    def is_count(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0

    def is_names(value: Any) -> bool:
        return isinstance(value, list) and all(isinstance(name, str) and name for name in value)

    check(isinstance(description, dict), '', 'an object')
    features = description.get('features')
    check(is_names(features) and len(features) > 0, 'features', 'a list of feature names')
    check(len(set(features)) == len(features), 'features', 'every feature name once')
    position = description.get('positionFeature')
    check(position is None or position in features, 'positionFeature', 'null or the name of one of the features')
    check(description.get('label') in LABELS, 'label', ' or '.join(LABELS))
    check(description.setdefault('objective', 'order') in OBJECTIVES, 'objective', ' or '.join(OBJECTIVES))
    monotone = description.setdefault('monotone', {})
    check(
        isinstance(monotone, dict) and all(name in features and way in (1, -1) for name, way in monotone.items()),
        'monotone',
        '1 or -1 by the name of a feature',
    )
    check(is_count(description.get('layoutVersion')), 'layoutVersion', 'a whole number')
    check('accumulators' in description, 'accumulators', 'the parameters of the accumulators')
    check(isinstance(description.get('dataHash'), str), 'dataHash', 'a hash')
    check(is_names(description.get('dataNames')), 'dataNames', 'a list of names')
    check(is_names(description.get('rankings')), 'rankings', 'a list of names of rankings')
    gap = description.get('gap')
    check(isinstance(gap, (int, float)) and gap >= 0, 'gap', 'a time in ms')
    splits = description.get('splits')
    check(isinstance(splits, dict), 'splits', 'an object')
    for name in SPLITS:
        _check_part(splits.get(name), f'splits.{name}', check, is_count)
    _check_part(description.get('static'), 'static', check, is_count)
    description['positionFeature'] = position
    return description


def _check_part(counts: Any, place: str, check: Callable[[bool, str, str], None], is_count: Callable[[Any], bool]) -> None:
    check(isinstance(counts, dict), place, 'an object')
    counts.setdefault('leftOut', 0)
    for field in ('rows', 'decisions', 'missed', 'leftOut'):
        check(is_count(counts.get(field)), f'{place}.{field}', 'a whole number')
    logs, missed = counts.get('logs'), counts.get('missedByKind')
    check(
        isinstance(logs, list) and all(map(is_count, logs)) and sum(logs) == counts['decisions'],
        f'{place}.logs',
        'the number of decisions of each log',
    )
    check(
        isinstance(missed, dict) and all(is_count(missed.get(kind)) for kind in KINDS),
        f'{place}.missedByKind',
        'a whole number for each kind of decision',
    )


def _read_split(folder: Path, name: str, counts: dict[str, Any], features: list[str]) -> Split:
    rows = counts['rows']
    matrix, mapped = _map_numbers(folder / f'{name}.features.f32', '<f4')
    if len(matrix) != rows * len(features):
        raise TrainingError(
            f'{name}.features.f32 holds {len(matrix):,} numbers where {rows:,} rows of {len(features)} features need '
            f'{rows * len(features):,}: the feature count of dataset.json does not match, so run the replay again.'
        )
    matrix = matrix.reshape(rows, len(features))
    labels = _read_numbers(folder / f'{name}.labels.f32', '<f4')
    if len(labels) != rows:
        raise TrainingError(f'{name}.labels.f32 holds {len(labels):,} labels for {rows:,} rows: run the replay again.')
    groups = _read_numbers(folder / f'{name}.groups.u32', '<u4')
    if len(groups) != counts['decisions'] or int(groups.sum(dtype=np.int64)) != rows or (groups == 0).any():
        raise TrainingError(
            f'{name}.groups.u32 must divide {rows:,} rows into {counts["decisions"]:,} decisions of a row or more '
            f'(missed ones do not count), but it has {len(groups):,} decisions of {int(groups.sum(dtype=np.int64)):,} rows: '
            f'run the replay again.'
        )
    wrong = ~np.isin(labels, np.arange(HIGHEST_LABEL + 1, dtype=np.float32))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise TrainingError(
            f'The label of row {row} of {name} is {labels[row]}, but labels are 0 to {HIGHEST_LABEL}: run the replay again.'
        )
    for first in range(0, rows, _SCAN_ROWS):
        endless = np.isinf(matrix[first : first + _SCAN_ROWS])
        if endless.any():
            row, column = np.argwhere(endless)[0]
            raise TrainingError(
                f'The feature {features[column]} is infinite in row {first + row} of {name}: '
                f'make its code give a finite number or NaN, and run the replay again.'
            )
    decided = _read_of_rows(folder / f'{name}.decisions.f64', '<f8', counts['decisions'] * 3).reshape(-1, 3)
    times, users, kinds = decided[:, 0], decided[:, 1].astype(np.int64), decided[:, 2].astype(np.int64)
    of_counts = (counts['missed'], counts['leftOut'])
    split = Split(name, matrix, labels, groups, *of_counts, times, users, kinds, counts['logs'], counts['missedByKind'], mapped)
    split.release()
    return split


def _read_ranked(folder: Path, part: Split, rankings: list[str]) -> Ranked:
    count = part.rows * len(rankings)
    scores = _read_of_rows(folder / f'{part.name}.rankings.f32', '<f4', count).reshape(part.rows, len(rankings))
    in_session = _read_of_rows(folder / f'{part.name}.in_session.u8', '<u1', part.rows) > 0
    return Ranked(np.where(np.isnan(scores), np.float32(-np.inf), scores), in_session)


def _read_of_rows(path: Path, dtype: str, count: int) -> np.ndarray:
    numbers = _read_numbers(path, dtype)
    if len(numbers) != count:
        raise TrainingError(f'{path.name} holds {len(numbers):,} numbers where {count:,} are needed: run the replay again.')
    return numbers


def _map_numbers(path: Path, dtype: str) -> tuple[np.ndarray, mmap.mmap | None]:
    """Return the numbers of a file, mapped into memory, and the map; None for an empty file."""
    try:
        with path.open('rb') as file:
            size = path.stat().st_size
            if size % np.dtype(dtype).itemsize != 0:
                raise TrainingError(f'{path.name} ends in the middle of a number: run the replay again.')
            # mmap refuses an empty file.
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size > 0 else None
    except OSError as error:
        raise TrainingError(f'{path} cannot be read ({error.strerror}): run the replay again.') from error
    return (np.empty(0, dtype=dtype), None) if mapped is None else (np.frombuffer(mapped, dtype=dtype), mapped)


def _read_numbers(path: Path, dtype: str) -> np.ndarray:
    numbers, _ = _map_numbers(path, dtype)
    return numbers


def _check_enough(splits: dict[str, Split], objective: str) -> None:
    train = splits['train']
    if train.decisions < MIN_TRAIN_DECISIONS:
        raise TrainingError(
            f'The train split has {train.decisions} decisions, but at least {MIN_TRAIN_DECISIONS} are needed: '
            f'replay a longer log.'
        )
    for split in splits.values():
        clicks = int(split.clicked.sum())
        if clicks == 0 or clicks == split.rows:
            raise TrainingError(
                f'The rows of the {split.name} split are of one class only ({"all" if clicks else "none"} of '
                f'{split.rows:,} clicked), so there is no ranking to learn: replay a log that has both classes.'
            )
    if objective == 'clicks':
        return
    for split in (splits['validation'], splits['test']):
        judged = int(split.judged.sum())
        if judged < MIN_JUDGED_DECISIONS:
            raise TrainingError(
                f'The {split.name} split has {judged} decisions in which some rows are clicked and others are not, '
                f'but at least {MIN_JUDGED_DECISIONS} are needed: replay a longer log.'
            )


def _top_position(train: Split, column: int, name: str) -> float:
    """Return the smallest position seen in training. With one value for all rows, only the other features decide the order."""
    positions = train.features[:, column]
    if np.isnan(positions).all():
        raise TrainingError(
            f'The position feature {name} is missing in every row of the train split: '
            f'set positionFeature to null, or log positions, and run the replay again.'
        )
    return float(np.nanmin(positions))
