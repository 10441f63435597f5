"""The three plots of the model card."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from boosting import Boosted, TreeChoice
from card import by_gain

_BLUE, _ORANGE, _GREY = '#1f6fb2', '#d9772b', '#9a9a9a'
_SHOWN_FEATURES = 25


def plot_learning_curve(path: Path, choice: TreeChoice) -> None:
    figure, axes = _axes(6.4, 4)
    trees = range(1, len(choice.curve) + 1)
    if choice.is_rolling:
        for part in choice.parts:
            axes.plot(trees, part, color=_GREY, linewidth=1, label='after one origin' if part is choice.parts[0] else None)
    axes.plot(trees, choice.curve, color=_BLUE, label='mean' if choice.is_rolling else 'validation')
    axes.axvline(choice.trees, color=_ORANGE, linestyle='--', label=f'chosen: {choice.trees} trees')
    axes.set_xlabel('trees')
    axes.set_ylabel(choice.objective.title)
    axes.legend()
    figure.savefig(path)


def plot_gain(path: Path, features: list[str], boosted: Boosted) -> None:
    shown = by_gain(boosted.gain)[:_SHOWN_FEATURES]
    figure, axes = _axes(6.4, 1 + 0.24 * len(shown))
    axes.barh([features[index] for index in shown], boosted.gain[shown], color=_BLUE)
    axes.invert_yaxis()
    axes.set_xlabel('share of gain')
    figure.savefig(path)


def plot_calibration(path: Path, bins: list[dict]) -> None:
    figure, axes = _axes(4.8, 4.8)
    predicted, observed = [bin['predicted'] for bin in bins], [bin['observed'] for bin in bins]
    end = 1.05 * max(*predicted, *observed)
    axes.plot([0, end], [0, end], color=_GREY, linestyle='--', label='as predicted')
    axes.plot(predicted, observed, color=_BLUE, marker='o', label='test split, bins of equal size')
    axes.set_xlim(0, end)
    axes.set_ylim(0, end)
    axes.set_xlabel('predicted click rate')
    axes.set_ylabel('observed click rate')
    axes.legend()
    figure.savefig(path)


def _axes(width: float, height: float):
    figure = Figure(figsize=(width, height), dpi=120, layout='constrained')
    axes = figure.subplots()
    axes.spines[['top', 'right']].set_visible(False)
    return figure, axes
