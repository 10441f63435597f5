"""Turn a model that was trained elsewhere into a model folder that the service accepts.

    python training/adopt.py --model MODEL.onnx --dataset DIR --out DIR [--output NAME] [--missing VALUE]

The model reads float32 [N, F], its columns those of the training set (`npm run train -- FOLDER --dataset DIR`), and gives a number
per row that rises with what is wanted: [N], [N, 1], or [N, 2] of which the second is the probability of a click. Its graph is
wrapped, not changed: that number is calibrated to the probability of a click on the validation split, the model is judged on the test
split, and the contract is written into the file. Progress goes to stdout. When the model cannot be taken, the last line of
stderr says what to do, and the exit code is 2.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from calibration import Calibration, fit_calibration, reliability
from contract import describe
from dataset import Dataset, read_dataset
from distributions import distributions
from errors import TrainingError
from model_folder import check_free, model_folder
from onnx_export import CONTRACT_KEY
from onnx_runtime import onnxruntime
from parity import check_parity, parity_sample
from ranking_metrics import NAMES, TITLES, summarise

_BATCH_ROWS = 65536
# Names that no exporter gives.
_FILLED, _RAW = 'liverank_filled', 'liverank_raw'


class ForeignModel:
    """A model before it is wrapped: its input of features, and the output that orders the items."""

    def __init__(self, path: Path, output: str | None, features: int) -> None:
        self.path = path
        try:
            self.model = onnx.load(str(path))
            self.session = onnxruntime.InferenceSession(path.read_bytes(), providers=['CPUExecutionProvider'])
        except OSError as error:
            raise TrainingError(f'{path} cannot be read ({error.strerror}): give --model an ONNX file.') from error
        except Exception as error:
            raise TrainingError(f'{path} is not an ONNX model that onnxruntime can run ({str(error).splitlines()[0]}): export it again.') from error
        inputs = self.session.get_inputs()
        if len(inputs) != 1 or inputs[0].type != 'tensor(float)' or len(inputs[0].shape) != 2:
            raise TrainingError(f'{path} must have one input, float32 of [N, {features}]: export it with this input alone.')
        self.input = inputs[0].name
        width = inputs[0].shape[1]
        if isinstance(width, int) and width != features:
            raise TrainingError(
                f'{path} reads {width} columns, but the training set has {features}: train the model on all of them, in their order.'
            )
        self.output = self._choose(output)
        self.columns = self._columns(features)

    def _choose(self, wanted: str | None) -> str:
        names = [output.name for output in self.session.get_outputs()]
        if wanted is None:
            # Classifiers of scikit-learn and LightGBM give the class too.
            likely = [name for name in names if 'probabilit' in name.lower()] or names
            if len(likely) == 1:
                return likely[0]
            raise TrainingError(f'{self.path} has the outputs {", ".join(names)}: name the one that orders the items with --output.')
        if wanted not in names:
            raise TrainingError(f'{self.path} has no output {wanted}: name one of its outputs, {", ".join(names)}.')
        return wanted

    def _columns(self, features: int) -> int:
        values = self._run(np.zeros((3, features), dtype=np.float32))
        if isinstance(values, np.ndarray) and (values.shape == (3,) or values.shape in ((3, 1), (3, 2))):
            return 1 if values.ndim == 1 else values.shape[1]
        shape = values.shape if isinstance(values, np.ndarray) else 'not a tensor'
        raise TrainingError(
            f'The output {self.output} of {self.path} has the shape {shape} for 3 rows: export it with the shape [N], [N, 1] or [N, 2]. '
            f'For classifiers of scikit-learn and LightGBM, export without ZipMap.'
        )

    def _run(self, matrix: np.ndarray):
        return self.session.run([self.output], {self.input: matrix})[0]

    def raw(self, matrix: np.ndarray, missing: float | None) -> np.ndarray:
        """Return the raw scores of the model, float32 [rows]."""
        filled = matrix if missing is None else np.where(np.isnan(matrix), np.float32(missing), matrix)
        batches = [
            self._run(np.ascontiguousarray(filled[first : first + _BATCH_ROWS], dtype=np.float32)).reshape(-1, self.columns)[:, -1]
            for first in range(0, len(filled), _BATCH_ROWS)
        ]
        values = np.concatenate(batches).astype(np.float32)
        if not np.isfinite(values).all():
            raise TrainingError(
                f'{self.path} returns NaN or infinity if a feature is missing: give --missing the value that replaced missing features in training.'
            )
        return values

    def wrapped(self, features: int, missing: float | None, calibration: Calibration, contract: dict) -> bytes:
        """Return the ONNX file that the service reads, as bytes."""
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        graph = model.graph
        constants = {
            'liverank_slope': np.array([calibration.slope], dtype=np.float32),
            'liverank_intercept': np.array([calibration.intercept], dtype=np.float32),
            'liverank_flat': np.array([-1], dtype=np.int64),
            'liverank_last': np.array(self.columns - 1, dtype=np.int64),
        }
        before = [] if missing is None else [
            helper.make_node('IsNaN', ['features'], ['liverank_missing']),
            helper.make_node('Where', ['liverank_missing', 'liverank_fill', 'features'], [_FILLED]),
        ]
        if missing is not None:
            constants['liverank_fill'] = np.array(missing, dtype=np.float32)
        source = 'features' if missing is None else _FILLED
        for node in graph.node:
            for index, name in enumerate(node.input):
                if name == self.input:
                    node.input[index] = source
        wanted = [self.output]
        after = []
        if self.columns > 1:
            after.append(helper.make_node('Gather', [self.output, 'liverank_last'], ['liverank_column'], axis=1))
            wanted = ['liverank_column']
        after += [
            helper.make_node('Cast', wanted, [_RAW], to=TensorProto.FLOAT),
            helper.make_node('Reshape', [_RAW, 'liverank_flat'], ['liverank_row']),
            helper.make_node('Mul', ['liverank_row', 'liverank_slope'], ['liverank_scaled']),
            helper.make_node('Add', ['liverank_scaled', 'liverank_intercept'], ['liverank_logit']),
            helper.make_node('Sigmoid', ['liverank_logit'], ['score']),
        ]
        nodes = [*before, *graph.node, *after]
        del graph.node[:], graph.input[:], graph.output[:]
        graph.node.extend(nodes)
        graph.input.append(helper.make_tensor_value_info('features', TensorProto.FLOAT, ['N', features]))
        graph.output.append(helper.make_tensor_value_info('score', TensorProto.FLOAT, ['N']))
        graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
        helper.set_model_props(model, {CONTRACT_KEY: json.dumps(contract, allow_nan=False)})
        try:
            onnx.checker.check_model(model)
        except onnx.checker.ValidationError as error:
            reason = str(error).splitlines()[0]
            raise TrainingError(f'{self.path} cannot be wrapped ({reason}): export it with opset 13 or later.') from error
        return model.SerializeToString()


def adopt(path: Path, dataset: Dataset, out: Path, output: str | None, missing: float | None, seed: int) -> None:
    """Calibrate, judge, wrap and check the model, then move the folder to its final name."""
    foreign = ForeignModel(path, output, len(dataset.features))
    test = dataset.as_served(dataset.test)
    validation_raw = foreign.raw(dataset.as_served(dataset.validation), missing)
    test_raw = foreign.raw(test, missing)
    calibration = fit_calibration(validation_raw, dataset.validation.clicked)
    probabilities = calibration.probabilities(test_raw)
    metrics = summarise(test_raw, dataset.test, seed)
    for name in NAMES:
        measure = metrics[name]
        if measure is not None:
            print(f'Test {TITLES[name]}: {measure["value"]:.4f} ({measure["low"]:.4f} to {measure["high"]:.4f})', flush=True)
    contract = describe(dataset, calibration, metrics, {'producer': foreign.model.producer_name or 'unknown'})
    model = foreign.wrapped(len(dataset.features), missing, calibration, contract)
    difference = check_parity(model, test, probabilities)
    with model_folder(out) as folder:
        (folder / 'model.onnx').write_bytes(model)
        bins = reliability(probabilities, dataset.test.clicked)
        figures = {
            'test': contract['metrics'],
            'calibration': {**contract['calibration'], 'bins': bins},
            'distributions': distributions(dataset),
            'parity': difference,
        }
        (folder / 'metrics.json').write_text(json.dumps(figures, allow_nan=False, indent=2) + '\n', encoding='utf-8')
    print(f'Wrote {out}', flush=True)


def main(arguments: list[str]) -> int:
    """Run the command; the result is its exit code."""
    parser = argparse.ArgumentParser(prog='adopt.py', description='Give a model that was trained elsewhere the contract.')
    parser.add_argument('--model', type=Path, required=True, help='the ONNX file')
    parser.add_argument('--dataset', type=Path, required=True, help='the training set that it was trained on')
    parser.add_argument('--out', type=Path, required=True, help='the model folder to write, which must not exist yet')
    parser.add_argument('--output', help='the output that orders the items, if the model has several')
    parser.add_argument('--missing', type=float, help='the value that replaces missing values, if the model cannot read NaN')
    parser.add_argument('--seed', type=int, default=7)
    options = parser.parse_args(arguments)
    out = options.out.resolve()
    try:
        check_free(out)
        dataset = read_dataset(options.dataset)
        adopt(options.model, dataset, out, options.output, options.missing, options.seed)
        return 0
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
