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

it('compares the scores of the service with those of Python', async () => {
  const folder = await temporaryDirectory()
  const prices = [5, 20, 9]
  const scores = prices.map((price) => 1 / (1 + Math.exp(price < 10 ? -2 : 2)))
  await writeTreeModel(folder, 'own', {
    trees: [TREE, TREE],
    columns: 1,
    features: ['item_price'],
    calibration: { slope: 1, intercept: 0 },
    contract: { trees: 2 },
  })
  await writeFile(join(folder, 'test.features.f32'), Float32Array.from(prices))
  await writeFile(join(folder, 'scores'), Float32Array.from(scores))
  expect(await checkTrainedModel(join(folder, 'own'), folder, join(folder, 'scores'), eCommerce)).toMatch(
    /^On 3 test rows, the service agrees with XGBoost/,
  )
})
