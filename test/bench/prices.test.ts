import { parse, validate } from 'graphql'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import prices from '../../bench/prices.ts'
import { callerOf, type PricedOperation, pricedOperations } from '../../bench/support/priced-operations.ts'
import { openPricedShop, type PricedShop } from '../../bench/support/priced-shop.ts'
import { ROLES } from '../../src/auth/principal.ts'
import { ROOT_ACCESS } from '../../src/schema/roles-by-field.ts'
import { schema } from '../../src/schema/schema.ts'
import { costOf } from '../../src/server/operation-cost.ts'
import { fieldsOf, ROOTS } from '../support/schema-walk.ts'

describe('the operations of the benchmark of prices', () => {
  let shop: PricedShop
  let operations: readonly PricedOperation[]
  beforeAll(async () => {
    shop = await openPricedShop({ items: 200, users: 20 })
    operations = pricedOperations(shop)
    return () => shop.service.close()
  })

  it('has a legal operation of every field of Query, Mutation and Subscription for every role that may use it', () => {
    const wanted = ROOTS.flatMap((root) =>
      fieldsOf(root).flatMap((field) => ROOT_ACCESS[`${root}.${field}`].roles.map((role) => `${root}.${field} ${role}`)),
    )
    expect([...new Set(operations.map(({ field, role }) => `${field} ${role}`))].sort()).toEqual(wanted.sort())
    for (const { query } of operations) expect(validate(schema, parse(query))).toEqual([])
  })

  /** @param entries of the list that the operation asks for or brings */
  function pointsOf({ role, query, variables }: PricedOperation, entries: number): number {
    const contextValue = { service: shop.service, principal: callerOf(role) }
    const { errors, points } = costOf({
      schema,
      document: parse(query),
      variableValues: { ...variables(0, entries) },
      contextValue,
    })
    expect(errors).toEqual([])
    return points
  }

  it('each costs at least a point more for each entry that it asks for or brings', () => {
    const lists = operations.filter(({ entries, role }) => entries > 1 && role === 'admin')
    expect(new Set(lists.map(({ field }) => field)).size).toBe(23)
    for (const operation of lists) {
      const { name, entries } = operation
      const more = pointsOf(operation, entries) - pointsOf(operation, 1)
      expect(more / (entries - 1), name).toBeGreaterThanOrEqual(1)
    }
  })
})

it('the benchmark of prices measures legal and refused requests, and names what is too cheap', async () => {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  onTestFinished(() => void written.mockRestore())
  await prices([
    '--items',
    '200',
    '--users',
    '20',
    '--rounds',
    '1',
    '--cases',
    'Query.item, flat|a forbidden field \\(|renewToken, narrow',
  ])
  const figures = written.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>)
  const of = (name: string) => figures.find((figure) => figure.case === name)!
  for (const role of ROLES) {
    const item = of(`Query.item, flat (${role})`)
    expect(item.points).toBeGreaterThan(5)
    expect(item.bytes).toBeGreaterThan(500)
    expect(item.processorUs).toBeGreaterThan(0)
    expect(item).not.toHaveProperty('answer')
    expect(of(`Mutation.renewToken, narrow (${role})`)).not.toHaveProperty('answer')
  }
  expect(of('refused: a forbidden field (device)').answer).toContain('may not use Query.status')
  for (const { dearness, bytesPerPoint, isTooCheap = false } of figures)
    expect(isTooCheap).toBe(!(Number(dearness) <= 4 && Number(bytesPerPoint) <= 256))
})
