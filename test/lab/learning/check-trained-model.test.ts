import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkTrainedModel } from '../../../lab/learning/check-trained-model.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { type Tree, writeTreeModel } from '../../support/tree-file.ts'

const TREE: Tree = {
  column: 0,
  mode: 'BRANCH_LT',
  threshold: 10,
  missingIsTrue: true,
  whenTrue: { weight: 1, cover: 3 },
  whenFalse: { weight: -1, cover: 5 },
}

/** What `liverank train` says of a model of this many equal trees, whose scores Python computes as the service does. */
async function checkTrees(count: number): Promise<string[]> {
  const folder = await temporaryDirectory()
  const prices = [5, 20, 9]
  const scores = prices.map((price) => 1 / (1 + Math.exp(price < 10 ? -count : count)))
  await writeTreeModel(folder, 'own', {
    trees: Array.from({ length: count }, () => TREE),
    columns: 1,
    features: ['item_price'],
    calibration: { slope: 1, intercept: 0 },
    contract: { trees: count },
  })
  await writeFile(join(folder, 'test.features.f32'), Float32Array.from(prices))
  await writeFile(join(folder, 'scores'), Float32Array.from(scores))
  return checkTrainedModel(join(folder, 'own'), folder, join(folder, 'scores'), eCommerce)
}

it('warns of a model with one tree, and says what to do', async () => {
  const [agreement, ...warnings] = await checkTrees(1)
  expect(agreement).toMatch(/^On 3 test rows, the service agrees with XGBoost/)
  expect(warnings).toEqual([
    expect.stringMatching(/^Warning: the model has one tree, .* Use a longer log, or more --decisions, and/),
  ])
})

it('does not warn of a model with two trees', async () => {
  expect(await checkTrees(2)).toEqual([expect.stringMatching(/^On 3 test rows/)])
})
