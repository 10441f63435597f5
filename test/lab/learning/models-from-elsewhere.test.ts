import { execFile } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { itWhenLong } from '../../support/long.ts'
import { openOn } from '../../support/service.ts'
import { simulatedFolder } from '../../support/simulated-folder.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { train, trainingAvailable } from '../../support/training-environment.ts'

const run = promisify(execFile)
const PYTHON = '.venv-training/bin/python'

/**
 * A net as PyTorch exports one, trained by itself: logistic regression by gradient descent, a layer of Gemm, its names, its shape [N, 1].
 * Arguments: the training set, the file to write, the number of outputs.
 */
const ELSEWHERE = `
import sys
from pathlib import Path
sys.path.insert(0, 'training')
import numpy as np
from onnx import TensorProto, helper, numpy_helper, save
from dataset import read_dataset

data = read_dataset(Path(sys.argv[1]))
X = np.nan_to_num(np.asarray(data.train.features), nan=0.0).astype(np.float64)
y = (data.train.labels > 0).astype(np.float64)
mean, deviation = X.mean(0), X.std(0) + 1e-6
Z, w, b = (X - mean) / deviation, np.zeros(X.shape[1]), 0.0
for _ in range(200):
    p = 1 / (1 + np.exp(-(Z @ w + b)))
    w -= 0.5 * (Z.T @ (p - y) / len(y) + 1e-3 * w)
    b -= 0.5 * (p - y).mean()
weight = (w / deviation).reshape(-1, 1).astype(np.float32)
bias = np.array([b - (w * mean / deviation).sum()], dtype=np.float32)
outputs = [helper.make_tensor_value_info('output', TensorProto.FLOAT, ['batch', 1])]
nodes = [helper.make_node('Gemm', ['input', 'fc.weight', 'fc.bias'], ['output'])]
if sys.argv[3] == '2':
    nodes.append(helper.make_node('Neg', ['output'], ['other']))
    outputs.append(helper.make_tensor_value_info('other', TensorProto.FLOAT, ['batch', 1]))
graph = helper.make_graph(
    nodes, 'main_graph', [helper.make_tensor_value_info('input', TensorProto.FLOAT, ['batch', X.shape[1]])], outputs,
    [numpy_helper.from_array(weight, 'fc.weight'), numpy_helper.from_array(bias, 'fc.bias')],
)
save(helper.make_model(graph, producer_name='pytorch', ir_version=8, opset_imports=[helper.make_opsetid('', 17)]), sys.argv[2])
`

describe.skipIf(!trainingAvailable)('a model that was trained elsewhere', () => {
  let set: string
  let folder: string
  beforeAll(async () => {
    folder = simulatedFolder(150)
    set = join(folder, 'set')
    await train([folder, '--dataset', set, '--label', 'next_item', '--decisions', '1200', '--negatives', '15'])
    await writeFile(join(folder, 'elsewhere.py'), ELSEWHERE)
    for (const outputs of ['1', '2'])
      await python(join(folder, 'elsewhere.py'), set, join(folder, `net-${outputs}.onnx`), outputs)
  })

  async function python(...args: string[]): Promise<string> {
    return (await run(PYTHON, args, { env: { ...process.env, PYTHONPATH: 'training' } })).stdout
  }

  const adopt = (model: string, modelDir: string, ...rest: string[]) =>
    python('training/adopt.py', '--model', join(folder, model), '--dataset', set, '--out', join(modelDir, 'theirs'), ...rest)

  it('ranks in the service, once it carries the contract', async () => {
    const modelDir = await temporaryDirectory()
    const said = await adopt('net-1.onnx', modelDir, '--missing', '0')
    expect(said).toMatch(/^Test NDCG@10: 0\.\d+ /m)
    expect(said).toContain('Wrote')
    const service = await openOn(undefined, { modelDir, model: 'theirs' })
    const { uploads, ingest, recommender } = service
    await uploads.upsertItems(['a', 'b', 'c'].map((itemId) => ({ itemId, attributes: { category: 'x', price: 3 } })))
    await ingest.record([{ eventId: 'e1', userId: 'ann', eventType: 'view', itemId: 'b' }])
    const slate = await recommender.recommend(
      { userId: 'ann', first: 3, surface: undefined, device: undefined, sessionId: undefined },
      'INITIAL',
    )
    expect(slate).toMatchObject({ model: 'theirs', fallback: false })
    const scores = slate.items.map(({ score }) => score)
    expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true)
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
  })

  itWhenLong('is refused in a sentence that says what to do, and leaves nothing', async () => {
    const modelDir = await temporaryDirectory()
    const refusal = async (model: string, ...rest: string[]) => {
      const failed: unknown = await adopt(model, modelDir, ...rest).catch((error: unknown) => error)
      expect(failed).toMatchObject({ code: 2 })
      return (failed as { stderr: string }).stderr
    }
    expect(await refusal('net-1.onnx')).toMatch(/returns NaN or infinity if a feature is missing: give --missing/)
    expect(await refusal('net-2.onnx', '--missing', '0')).toMatch(/has the outputs output, other: name the one that orders/)
    expect(await refusal('net-2.onnx', '--missing', '0', '--output', 'other')).toMatch(
      /Clicks in the validation split do not rise/,
    )
    expect(await refusal('events.jsonl')).toMatch(/is not an ONNX model that onnxruntime can run .*: export it again/)
    expect(await refusal('nowhere.onnx')).toMatch(/cannot be read .*: give --model an ONNX file/)
    expect(await readdir(modelDir)).toEqual([])
    expect(await adopt('net-2.onnx', modelDir, '--missing', '0', '--output', 'output')).toContain('Wrote')
  })
})
