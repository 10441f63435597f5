"""The fitted trees and their calibration as one ONNX graph.

Input `features` float32 [N, F], NaN being a missing value; output `score` float32 [N], the probability of a click:

    TreeEnsembleRegressor -> Mul(slope) -> Add(intercept) -> Sigmoid -> Reshape([-1])

XGBoost goes left where value < threshold, and where a missing value goes is learned per node: BRANCH_LT and
`nodes_missing_value_tracks_true` say just that. Both hold thresholds and leaves as float32, so nothing is rounded.
`nodes_hitrates` are XGBoost's covers, the sums of the hessian: from them the service tells what each feature adds to a score.
Operators: https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleRegressor.html
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import xgboost

from calibration import Calibration

CONTRACT_KEY = 'liverank.contract'

# Old enough for every runtime since 2022: what is used here has not changed since.
IR_VERSION = 8
OPSET = 17
ML_OPSET = 3


def export_onnx(booster: xgboost.Booster, features: int, calibration: Calibration, contract: dict) -> onnx.ModelProto:
    """Build the model, with the contract as its `liverank.contract` metadata entry, and check it."""
    nodes = [
        helper.make_node(
            'TreeEnsembleRegressor',
            ['features'],
            ['margin'],
            domain='ai.onnx.ml',
            n_targets=1,
            aggregate_function='SUM',
            post_transform='NONE',
            **_tree_attributes(booster),
        ),
        helper.make_node('Mul', ['margin', 'slope'], ['scaled']),
        helper.make_node('Add', ['scaled', 'intercept'], ['logit']),
        helper.make_node('Sigmoid', ['logit'], ['probability']),
        helper.make_node('Reshape', ['probability', 'flat'], ['score']),
    ]
    graph = helper.make_graph(
        nodes,
        'liverank',
        [helper.make_tensor_value_info('features', TensorProto.FLOAT, ['N', features])],
        [helper.make_tensor_value_info('score', TensorProto.FLOAT, ['N'])],
        [
            numpy_helper.from_array(np.array([calibration.slope], dtype=np.float32), 'slope'),
            numpy_helper.from_array(np.array([calibration.intercept], dtype=np.float32), 'intercept'),
            numpy_helper.from_array(np.array([-1], dtype=np.int64), 'flat'),
        ],
    )
    model = helper.make_model(
        graph,
        producer_name='liverank',
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid('', OPSET), helper.make_opsetid('ai.onnx.ml', ML_OPSET)],
    )
    helper.set_model_props(model, {CONTRACT_KEY: json.dumps(contract, allow_nan=False)})
    onnx.checker.check_model(model)
    return model


def _tree_attributes(booster: xgboost.Booster) -> dict[str, Any]:
    """Return the attributes of TreeEnsembleRegressor from XGBoost's JSON model."""
    learner = json.loads(bytes(booster.save_raw('json')))['learner']
    columns: dict[str, list] = {
        name: []
        for name in (
            'nodes_treeids',
            'nodes_nodeids',
            'nodes_featureids',
            'nodes_modes',
            'nodes_values',
            'nodes_truenodeids',
            'nodes_falsenodeids',
            'nodes_hitrates',
            'nodes_missing_value_tracks_true',
            'target_treeids',
            'target_nodeids',
            'target_ids',
            'target_weights',
        )
    }
    for tree_id, tree in enumerate(learner['gradient_booster']['model']['trees']):
        for node_id, left in enumerate(tree['left_children']):
            leaf = left == -1
            # In a leaf, XGBoost keeps the value that it adds where an inner node keeps its threshold.
            value = tree['split_conditions'][node_id]
            columns['nodes_treeids'].append(tree_id)
            columns['nodes_nodeids'].append(node_id)
            columns['nodes_featureids'].append(0 if leaf else tree['split_indices'][node_id])
            columns['nodes_modes'].append('LEAF' if leaf else 'BRANCH_LT')
            columns['nodes_values'].append(0.0 if leaf else value)
            columns['nodes_truenodeids'].append(0 if leaf else left)
            columns['nodes_falsenodeids'].append(0 if leaf else tree['right_children'][node_id])
            columns['nodes_hitrates'].append(tree['sum_hessian'][node_id])
            columns['nodes_missing_value_tracks_true'].append(0 if leaf else int(tree['default_left'][node_id]))
            if leaf:
                columns['target_treeids'].append(tree_id)
                columns['target_nodeids'].append(node_id)
                columns['target_ids'].append(0)
                columns['target_weights'].append(value)
    columns['base_values'] = [_base_score(learner)]
    return columns


def _base_score(learner: dict) -> float:
    """Return the base score, to which the leaves are added.

    XGBoost writes it as text, in brackets since 3.1. For a logistic objective it is a probability.
    """
    kept = float(learner['learner_model_param']['base_score'].strip('[]'))
    return math.log(kept / (1 - kept)) if learner['objective']['name'] == 'binary:logistic' else kept
