import { describe, expect, it } from 'vitest'
import { ModelContractError } from '../../src/errors.ts'
import { checkContract, contractKey, type ModelContract, parseModelContract } from '../../src/ranking/model-contract.ts'

const measure = { value: 0.5, low: 0.4, high: 0.6 }

const contract: ModelContract = {
  format: 1,
  features: [
    { name: 'item_ctr_7d', type: 'float32' },
    { name: 'position', type: 'float32' },
  ],
  positionFeature: 'position',
  positionAtServing: 1,
  layoutVersion: 3,
  accumulators: { halfLives: [3600, 604800], decay: { kind: 'exponential' } },
  dataHash: 'ab12',
  dataNames: ['simulator'],
  trainedAt: '2026-01-02T03:04:05Z',
  trees: 120,
  metrics: { ndcg10: measure, mrr20: measure, hr20: measure, auc: measure, rows: 2000, decisions: 100, missed: 4 },
  calibration: { slope: 1.2, intercept: -3 },
  versions: { xgboost: '3.2.0', onnx: '1.23.2', numpy: '2.4.6', python: '3.11.7' },
}

const known = { features: new Set(['item_ctr_7d', 'user_events']), layoutVersion: 3 }

function refusal(act: () => unknown): ModelContractError {
  try {
    act()
  } catch (error) {
    if (error instanceof ModelContractError) return error
    throw error
  }
  throw new Error('Nothing was refused.')
}

describe('parseModelContract', () => {
  const parse = (value: unknown) => parseModelContract(new Map([[contractKey, JSON.stringify(value)]]))

  it('returns the contract', () => {
    expect(parse(contract)).toEqual(contract)
  })

  it('accepts a model without positions and without AUC', () => {
    const plain = { ...contract, positionFeature: null, positionAtServing: null, metrics: { ...contract.metrics, auc: null } }
    expect(parse(plain)).toEqual(plain)
  })

  it('accepts a model whose order could not be judged', () => {
    const unjudged = { ...contract, metrics: { ...contract.metrics, ndcg10: null, mrr20: null, hr20: null, auc: null } }
    expect(parse(unjudged)).toEqual(unjudged)
  })

  it('refuses a file without a contract, and a contract that is not JSON', () => {
    expect(refusal(() => parseModelContract(new Map())).field).toBe(contractKey)
    expect(refusal(() => parseModelContract(new Map([[contractKey, '{"format":']]))).message).toMatch(/is not JSON/)
    expect(refusal(() => parse('text')).field).toBe(contractKey)
  })

  it.each([
    ['format', { ...contract, format: 2 }],
    ['features.1.type', { ...contract, features: [contract.features[0], { name: 'position', type: 'float64' }] }],
    ['features', { ...contract, features: [] }],
    ['layoutVersion', { ...contract, layoutVersion: 2.5 }],
    ['trainedAt', { ...contract, trainedAt: 'yesterday' }],
    ['metrics.ndcg10.low', { ...contract, metrics: { ...contract.metrics, ndcg10: { value: 1, high: 1 } } }],
    ['calibration.slope', { ...contract, calibration: { slope: -1, intercept: 0 } }],
    ['accumulators', { ...contract, accumulators: undefined }],
  ])('names the entry %s if it is wrong', (field, value) => {
    const error = refusal(() => parse(value))
    expect(error.field).toBe(field)
    expect(error.code).toBe('MODEL_CONTRACT')
    expect(error.message).toContain(`"${field}"`)
  })
})

describe('checkContract', () => {
  it('accepts a model that needs some of the known features, and a position, which nobody computes', () => {
    expect(() => checkContract(contract, known)).not.toThrow()
  })

  it('names the feature that is not computed', () => {
    const features = [...contract.features, { name: 'user_shoe_size', type: 'float32' as const }]
    const error = refusal(() => checkContract({ ...contract, features }, known))
    expect(error.field).toBe('user_shoe_size')
    expect(error.message).toContain('"user_shoe_size"')
  })

  it('names the feature that occurs twice', () => {
    const features = [...contract.features, { name: 'item_ctr_7d', type: 'float32' as const }]
    expect(refusal(() => checkContract({ ...contract, features }, known)).field).toBe('item_ctr_7d')
  })

  it('does not treat the name of a position as a feature if the model has no position', () => {
    const withoutPosition = { ...contract, positionFeature: null, positionAtServing: null }
    expect(refusal(() => checkContract(withoutPosition, known)).field).toBe('position')
  })

  it('refuses another layout', () => {
    const error = refusal(() => checkContract(contract, { ...known, layoutVersion: 4 }))
    expect(error.field).toBe('layoutVersion')
    expect(error.message).toMatch(/layout 3.*layout 4/)
  })

  it('refuses a position that is not a feature, or that has no value for serving', () => {
    expect(
      refusal(() =>
        checkContract({ ...contract, positionFeature: 'place' }, { ...known, features: new Set(['item_ctr_7d', 'position']) }),
      ).field,
    ).toBe('place')
    expect(refusal(() => checkContract({ ...contract, positionAtServing: null }, known)).field).toBe('positionAtServing')
  })
})
