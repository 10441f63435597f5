import { describe, expect, it } from 'vitest'
import type { NextItemReport } from '../../../lab/evaluation/evaluate-next-items.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { UNLIMITED } from '../../support/service.ts'
import { evaluate, evaluateFolder, figuresOf, filler, mean, splitLog, train } from './evaluated-sessions.ts'

describe('slates', () => {
  const slatesOf = ({ slates }: NextItemReport, rowSet: string) =>
    Object.fromEntries(slates.filter((row) => row.rowSet === rowSet).map((row) => [row.variant.name, row]))

  it('by relevance alone show the next item where the full system ranks it', async () => {
    const report = await evaluate(
      splitLog([
        ...train,
        { split: 'test', items: ['a', 'a', 'b'] },
        { split: 'test', items: ['p', 'q'] },
        { split: 'test', items: ['c', 'f03', 'd'] },
      ]),
    )
    for (const rowSet of ['all', 'new']) {
      const { relevance } = slatesOf(report, rowSet)
      const { rows, hr20, mrr20 } = figuresOf(report, 'prequential', rowSet, 'rule')
      expect(relevance.rows).toBe(rows)
      expect(relevance.figures.hr20.value).toBe(hr20)
      expect(relevance.figures.mrr20.value).toBeCloseTo(mrr20!, 9)
      expect(relevance.ofRelevance.mrr20).toEqual({ value: 1, low: 1, high: 1 })
    }
  })

  it('are left out if a log lacks what they are about', async () => {
    const report = await evaluate(splitLog([...train, { split: 'test', items: ['a', 'b'] }]))
    const names = ['relevance', 'diversity 0.8', 'kinds', 'as served']
    expect(report.slates.map(({ variant }) => variant.name)).toEqual([...names, ...names])
  })

  /** After a most went on with b, and some with e. */
  const habits = [...train, ...['q', 'r'].map((userId) => ({ split: 'train', items: ['a', 'e'], userId }))]

  it('do not contain items that were bought', async () => {
    const events = splitLog([
      ...habits,
      { split: 'train', userId: 'z', items: ['b'] },
      { split: 'test', userId: 'z', items: ['a', 'e'] },
    ])
    const bought = events.map((event) =>
      event.userId === 'z' && event.itemId === 'b' ? { ...event, eventType: 'purchase' } : event,
    )
    const { relevance, excludePurchased } = slatesOf(await evaluate(bought), 'new')
    expect(relevance.figures.mrr20.value).toBe(1 / 2)
    expect(excludePurchased.figures.mrr20.value).toBe(1)
    expect(excludePurchased.ofRelevance).toMatchObject({ mrr20: { value: 2 }, hr20: { value: 1 } })
  })

  it('as served, leave out what the domain leaves out on the surface home', async () => {
    const data = loggedFolder(splitLog([...habits, { split: 'test', userId: 'z', items: ['a', 'b', 'a'] }]))
    const { seen, surfaceSeen } = eCommerce
    const report = await evaluateFolder(data, [], { ...UNLIMITED, seen: seen!, surfaceSeen: surfaceSeen! })
    const all = slatesOf(report, 'all')
    expect(all.relevance.figures.hr20.value).toBe(1)
    // b is new, and a is not.
    expect(all['as served'].figures.hr20.value).toBe(1 / 2)
    expect(slatesOf(report, 'new')['as served'].figures.hr20.value).toBe(1)
    // In a domain that leaves out nothing, a is there too.
    const open = slatesOf(await evaluateFolder(data), 'all')
    expect(open['as served'].figures.hr20.value).toBe(1)
  })

  it('show ignored items further down', async () => {
    const events = splitLog([...habits, { split: 'test', userId: 'z', items: ['b', 'a', 'e'] }])
    const shown = events.map((event) =>
      event.userId === 'z' && event.itemId === 'b' ? { ...event, eventType: 'impression' } : event,
    )
    const { relevance, ...faded } = slatesOf(await evaluate(shown), 'new')
    expect(relevance.figures.mrr20.value).toBe(1 / 2)
    expect(faded['fading 0.5'].figures.mrr20.value).toBe(1)
  })

  it('have items that differ more with diversity, by their attributes and by the users who act on them', async () => {
    const own = filler.map(({ items: [itemId] }) => [itemId, itemId])
    const brands = { a: 'x', b: 'x', e: 'x', c: 'y', d: 'y', ...Object.fromEntries(own) }
    const items = Object.entries(brands).map(([itemId, brand]) => ({ itemId, attributes: { brand } }))
    const data = loggedFolder(splitLog([...habits, { split: 'test', items: ['a', 'b', 'e'] }]), { items })
    const { relevance, 'diversity 0.8': diverse } = slatesOf(await evaluateFolder(data), 'new')
    // b and e have a brand in common where the slate is not without b, c and d always; two users went from c to d, some
    // hours ago.
    expect(relevance.figures.byAttributes.value).toEqual(mean(1 - 2 / 190, 1 - 1 / 190))
    expect(relevance.figures.byActions.value).toBeCloseTo(1 - 2 / 3 / 190, 4)
    expect(diverse.ofRelevance.byAttributes.value).toBeGreaterThan(1)
    expect(diverse.figures.byActions.value).toBe(1)
  })
})
