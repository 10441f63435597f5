import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LiverankError, NotFoundError } from '../../src/errors.ts'
import { modelContractSchema } from '../../src/ranking/model-contract.ts'
import { activate, register, retire, shadow } from '../../src/ranking/model-lifecycle.ts'
import { decodeModels, encodeModels, type ModelsOnRecord, NO_MODELS, trafficOf } from '../../src/ranking/model-record.ts'
import { checkProperty } from '../support/check-property.ts'
import { contractOf } from '../support/linear-model.ts'

const contract = modelContractSchema.parse(contractOf({ item_views: 1 }))

function registered(...names: string[]): ModelsOnRecord {
  return names.reduce((record, name) => register(record, name, contract), NO_MODELS)
}

function standings({ models }: ModelsOnRecord): Record<string, string> {
  return Object.fromEntries(models.map(({ name, standing }) => [name, standing.status]))
}

/** Shares, rounded to what is meant. */
function traffic(record: ModelsOnRecord): Record<string, number> {
  return Object.fromEntries([...trafficOf(record)].map(([name, share]) => [name, Math.round(share * 1e9) / 1e9]))
}

describe('the record of models', () => {
  it('gives all users to an activated model, and all back to the former one', () => {
    let record = activate(registered('a', 'b'), 'a', 1)
    record = activate(record, 'b', 1)
    expect(traffic(record)).toEqual({ b: 1 })
    expect(standings(record)).toEqual({ a: 'REGISTERED', b: 'ACTIVE' })
    record = activate(record, 'a', 1)
    expect(traffic(record)).toEqual({ a: 1 })
    expect(standings(record)).toEqual({ a: 'ACTIVE', b: 'REGISTERED' })
  })

  it('leaves the rest to the model that had all users, and its share to each other model', () => {
    let record = activate(activate(registered('a', 'b', 'c'), 'a', 1), 'b', 0.1)
    expect(traffic(record)).toEqual({ a: 0.9, b: 0.1 })
    record = activate(record, 'c', 0.2)
    expect(traffic(record)).toEqual({ a: 0.7, b: 0.1, c: 0.2 })
    record = activate(record, 'b', 0.3)
    expect(traffic(record)).toEqual({ a: 0.5, b: 0.3, c: 0.2 })
    expect(traffic(retire(record, 'b'))).toEqual({ a: 0.8, c: 0.2 })
  })

  it('gives the rest to the model that was activated last, or else that served before, or else to the rule', () => {
    const three = activate(activate(activate(registered('a', 'b', 'c'), 'a', 1), 'b', 0.1), 'c', 0.2)
    expect(traffic(retire(three, 'a'))).toEqual({ b: 0.1, c: 0.9 })
    expect(traffic(activate(three, 'a', 0.5))).toEqual({ a: 0.5, b: 0.1, c: 0.4 })
    const second = activate(activate(registered('a', 'b'), 'a', 1), 'b', 1)
    expect(traffic(activate(second, 'b', 0.25))).toEqual({ a: 0.75, b: 0.25 })
    expect(traffic(retire(second, 'b'))).toEqual({ a: 1 })
    expect(traffic(shadow(second, 'b'))).toEqual({ a: 1 })
    expect(traffic(retire(retire(second, 'a'), 'b'))).toEqual({})
    expect(traffic(activate(registered('a'), 'a', 0.4))).toEqual({ a: 0.4 })
  })

  it('refuses a larger share than the other models leave, and says how much they leave', () => {
    const record = activate(activate(registered('a', 'b', 'c'), 'a', 1), 'b', 0.7)
    expect(() => activate(record, 'c', 0.4)).toThrow('at most 0.3 remains')
    expect(traffic(activate(record, 'c', 0.3))).toEqual({ a: 0, b: 0.7, c: 0.3 })
  })

  it('refuses models that were never registered, and retired models until they are registered again', () => {
    expect(() => activate(NO_MODELS, 'a', 1)).toThrow(NotFoundError)
    expect(() => retire(NO_MODELS, 'a')).toThrow(NotFoundError)
    const record = retire(registered('a'), 'a')
    expect(() => activate(record, 'a', 1)).toThrow('The model a is retired: call registerModel first.')
    expect(() => shadow(record, 'a')).toThrow(NotFoundError)
    expect(standings(register(record, 'a', contract))).toEqual({ a: 'REGISTERED' })
  })

  it('keeps a model in use that is registered again, with its new registration', () => {
    const record = activate(registered('a'), 'a', 1)
    const again = register(record, 'a', contract)
    expect(traffic(again)).toEqual({ a: 1 })
    expect(again.models[0].registeredIn).toBeGreaterThan(record.models[0].registeredIn)
  })

  it('never gives away more than all users, has at most one model for the rest, and can be read again, whatever is done', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd')
    const share = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10)
    const step = fc.oneof(
      name.map((of) => (record: ModelsOnRecord) => register(record, of, contract)),
      fc.tuple(name, share).map(
        ([of, part]) =>
          (record: ModelsOnRecord) =>
            activate(record, of, part),
      ),
      name.map((of) => (record: ModelsOnRecord) => shadow(record, of)),
      name.map((of) => (record: ModelsOnRecord) => retire(record, of)),
    )
    await checkProperty(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let record = NO_MODELS
        for (const each of steps) {
          const before = record
          try {
            record = each(record)
          } catch (error) {
            expect(error).toBeInstanceOf(LiverankError)
            continue
          }
          expect(record.revision).toBe(before.revision + 1)
          const shares = [...trafficOf(record).values()]
          const heirs = record.models.filter(({ standing }) => standing.status === 'ACTIVE' && standing.share === null)
          expect(heirs.length).toBeLessThanOrEqual(1)
          expect(Math.min(0, ...shares)).toBe(0)
          const total = shares.reduce((sum, each) => sum + each, 0)
          expect(total).toBeLessThanOrEqual(1 + 1e-9)
          if (heirs.length === 1) expect(total).toBeCloseTo(1, 9)
          expect(decodeModels(encodeModels(record, Buffer.alloc(8)))).toEqual(record)
        }
      }),
      500,
    )
  })
})
