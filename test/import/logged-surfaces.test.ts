import { describe, expect, it } from 'vitest'
import { FolderLog } from '../../lab/learning/folder-log.ts'
import { type GradedSlate, GradedSlates } from '../../lab/learning/graded-slates.ts'
import { AccumulatorSet, featureMatrix } from '../../src/accumulators/accumulator-set.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import { DAY, HOUR } from '../../src/time-units.ts'
import { loggedFolder } from '../support/logged-folder.ts'

const START = Date.UTC(2026, 0, 5)

type Sent = Partial<LoggedEvent> & { after?: number }

function logged(events: readonly Sent[]): LoggedEvent[] {
  return events.map(({ after = 0, ...sent }, n) => ({
    eventId: `e${n}`,
    userId: 'ann',
    sessionId: 's1',
    eventType: 'impression',
    timestamp: START + after,
    ...sent,
  }))
}

async function surfacesOf(events: readonly Sent[]): Promise<unknown[]> {
  const surfaces: unknown[] = []
  for await (const { eventAttributes } of loggedFolder(logged(events), {}, 'tab').events(noProblems()))
    surfaces.push(
      typeof eventAttributes === 'object' && eventAttributes !== null ? Reflect.get(eventAttributes, 'surface') : undefined,
    )
  return surfaces
}

const on = (itemId: string, tab: string | number | boolean | null | object, rest: Sent = {}): Sent => ({
  itemId,
  eventAttributes: { tab },
  ...rest,
})

const { features } = new AccumulatorSet(eCommerce.accumulators)
const COUNTED = ['surface_impressions_7d', 'surface_clicks_7d'].map((name) => features.get(name)!)

describe('an attribute that says where something was shown', () => {
  it('gives the surface, a number as its digits, and no surface if it is missing', async () => {
    const events = [on('a', 'feed'), on('b', 12), on('c', 0), on('d', 2.5), on('e', null), on('f', ''), { itemId: 'g' }]
    expect(await surfacesOf(events)).toEqual(['feed', '12', '0', '2.5', undefined, undefined, undefined])
  })

  it('does not replace a surface that the event itself has', async () => {
    expect(await surfacesOf([on('a', 1), { itemId: 'a', eventAttributes: { tab: 1, surface: 'home' } }])).toEqual(['1', 'home'])
  })

  it('leaves the other attributes, and events of a log read without it, as they are', async () => {
    const events = logged([{ itemId: 'a', eventAttributes: { tab: 3, position: 4 } }])
    const read = async (attribute?: string) => {
      for await (const { eventAttributes } of loggedFolder(events, {}, attribute).events(noProblems())) return eventAttributes
      return undefined
    }
    expect(await read('tab')).toEqual({ tab: 3, position: 4, surface: '3' })
    expect(await read()).toEqual({ tab: 3, position: 4 })
  })

  it('applies to later events of the user on the item within a day that name neither place nor slate', async () => {
    const click = (itemId: string, rest: Sent = {}): Sent => ({ eventType: 'click', itemId, ...rest })
    const surfaces = await surfacesOf([
      on('a', 1),
      on('a', 2, { userId: 'bob' }),
      click('a'),
      click('b'),
      click('a', { userId: 'bob' }),
      on('a', 4),
      click('a', { after: HOUR }),
      click('a', { after: HOUR, recommendationId: '00-a' }),
      { eventType: 'search', after: HOUR },
      click('a', { after: DAY }),
      click('a', { after: DAY + 1 }),
    ])
    expect(surfaces).toEqual(['1', '2', '1', undefined, '2', '4', '4', undefined, undefined, '4', undefined])
  })

  it('is refused with its line if it cannot name a surface', async () => {
    await expect(surfacesOf([on('a', 1), on('b', { row: 2 })])).rejects.toThrow(
      /events\.jsonl:2: eventAttributes\.tab is \{"row":2\}, but a surface is a string or a number\. Pass another attribute/,
    )
    await expect(surfacesOf([on('a', true)])).rejects.toThrow(/events\.jsonl:1: eventAttributes\.tab is true/)
    await expect(surfacesOf([on('a', 'x'.repeat(129))])).rejects.toThrow(
      /events\.jsonl:1: eventAttributes\.tab has 129 characters; at most 128 are allowed/,
    )
    await expect(surfacesOf([{ itemId: 'a', eventAttributes: { place: 1 } }])).rejects.toThrow(
      /no event has eventAttributes\.tab\. Pass the name of an attribute/,
    )
  })

  it('separates slates, is the surface of requests, and counts clicks with their impressions', async () => {
    const bob = { userId: 'bob', sessionId: 's2' }
    const sent = [on('a', 1), on('b', 1), on('c', 6), { eventType: 'click', itemId: 'c' }, on('a', 6, bob), on('a', 1, bob)]
    const log = new FolderLog(loggedFolder(logged(sent), {}, 'tab'), eCommerce)
    const slates = new Map<number, GradedSlate>()
    const found = new GradedSlates(eCommerce, HOUR, undefined, (slate) => slates.set(slate.number, slate))
    let number = 0
    for await (const { event, slate } of log.events(noProblems())) found.add(number++, event, slate)
    found.end()
    expect([...slates.values()].map(({ surface, items }) => [surface, items.length])).toEqual([
      ['1', 2],
      ['6', 1],
      ['6', 1],
      ['1', 1],
    ])
    const seen: unknown[] = []
    await log.playShown(slates, { until: sent.length, frozenFrom: sent.length }, async ({ items }, request, { recommender }) => {
      const { input, gathered } = await recommender.candidates(
        request,
        items.map(({ itemId }) => itemId),
      )
      const row = gathered.itemIds.indexOf(items[0].itemId)
      const values = [...featureMatrix(COUNTED, input)].slice(2 * row, 2 * row + 2)
      seen.push([request.surface, ...values])
    })
    expect(seen).toEqual([
      ['1', Number.NaN, Number.NaN],
      ['6', Number.NaN, Number.NaN],
      ['6', 1, 1],
      ['1', 2, 0],
    ])
  })
})
