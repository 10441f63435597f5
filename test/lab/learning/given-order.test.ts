import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FolderLog } from '../../../lab/learning/folder-log.ts'
import { GivenOrder } from '../../../lab/learning/given-order.ts'
import type { GradedSlate } from '../../../lab/learning/graded-slates.ts'
import { makeDataset } from '../../../lab/learning/make-dataset.ts'
import { openLogs } from '../../../lab/learning/open-logs.ts'
import type { TrainingLog } from '../../../lab/learning/training-log.ts'
import { createShop } from '../../../lab/simulation/shop.ts'
import { createShoppers } from '../../../lab/simulation/shopper.ts'
import { simulateLog } from '../../../lab/simulation/simulate-log.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { givenStanding } from '../../../src/slate/given-items.ts'
import { DAY, HOUR } from '../../../src/time-units.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { itWhenLong } from '../../support/long.ts'
import { readDataset } from '../../support/read-dataset.ts'
import { openOn } from '../../support/service.ts'
import { SettableClock } from '../../support/settable-clock.ts'
import { scratchDirectory, temporaryDirectory } from '../../support/temporary-directory.ts'
import { openLog, served, startsAt as servedFrom } from './served-and-recorded.ts'

const startsAt = Date.UTC(2024, 5, 3)
const shop = createShop({ seed: 5, items: 60, categories: 4, startsAt })
const shoppers = createShoppers(shop, { seed: 5, count: 90, days: 4 })
const events = [...simulateLog(shop, { seed: 5, shoppers, days: 4, startsAt })]

function shopLog(surfaces: readonly string[]): FolderLog {
  return new FolderLog(loggedFolder(events, { items: shop.items }), eCommerce, new GivenOrder(surfaces))
}

/** The rows of the training split: feature values by name. */
async function trainingRows(log: TrainingLog, window = 3 * HOUR) {
  const target = scratchDirectory()
  const said: string[] = []
  await makeDataset(target, {
    ...{ logs: [log], domain: eCommerce, features: 'portable', openings: false, label: 'impressions', window },
    ...{ decisions: 1e6, negatives: 20, until: 1, seed: 7, log: (line) => said.push(line) },
  })
  const { header, split, column } = readDataset(target)
  return { header, column: (feature: string) => column('train', feature), groups: split('train').groups }
}

describe('a training set of lists that requests will give', () => {
  it('has their positions as given_rank, and has no other position', async () => {
    const { header, column, groups } = await trainingRows(shopLog(['*']))
    expect(header.features).toContain('given_rank')
    expect(header.features).not.toContain('given_score')
    // Equal in training, a model could take the one that serving does not know.
    expect(header).toMatchObject({ positionFeature: null })
    const places = [...groups].flatMap((size) => Array.from({ length: size }, (_, at) => at + 1))
    expect(places.length).toBeGreaterThan(100)
    // The rows of a decision are in a random order.
    let start = 0
    const ranks = [...groups].flatMap((size) => {
      start += size
      return column('given_rank')
        .slice(start - size, start)
        .sort((a, b) => a! - b!)
    })
    expect(ranks).toEqual(places)
  })

  itWhenLong('contains no order for surfaces on which requests give none', async () => {
    const { header, column } = await trainingRows(shopLog(['home']))
    expect(header).toMatchObject({ positionFeature: 'position' })
    const ranks = column('given_rank')
    const positions = column('position')
    const given = ranks.map((rank) => !Number.isNaN(rank))
    expect(new Set(given).size).toBe(2)
    for (const [row, isGiven] of given.entries()) if (isGiven) expect(positions[row]).toBe(1)
    expect(new Set(positions.filter((_, row) => !given[row])).size).toBeGreaterThan(3)
    const { header: without } = await trainingRows(shopLog([]))
    expect(without.features).not.toContain('given_rank')
  })

  it('is refused for a surface that the log does not have', async () => {
    await expect(trainingRows(shopLog(['serch']))).rejects.toThrow(
      /no list was shown on the surface serch.*Surfaces with lists: cart, category, home, item_page\./,
    )
  })

  it('contains the position of every shown item, whatever part of the list became visible', () => {
    const shown = fc.uniqueArray(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(shown, (positions) => {
        const items = positions.map((position) => ({ itemId: `i${position}`, position, grade: 0 as const }))
        const slate: GradedSlate = {
          ...{ number: 0, decision: 0, at: 0, recommendationId: undefined, surface: 'search', device: undefined },
          ...{ givenFeatures: [], items },
        }
        const given = new GivenOrder(['search']).listOf(slate, undefined)!
        expect(given.itemIds.length).toBeLessThanOrEqual(500)
        const { places } = givenStanding(
          given,
          items.map(({ itemId }) => itemId),
        )
        expect([...places]).toEqual(positions.map((position) => (position <= 500 ? position : Number.NaN)))
        expect(new GivenOrder(['home']).listOf(slate, undefined)).toBeUndefined()
      }),
    )
  })

  it('contains the whole list if the log has the slate', () => {
    const items = [{ itemId: 'b', position: 2, grade: 0 as const }]
    const slate: GradedSlate = {
      ...{ number: 0, decision: 0, at: 0, recommendationId: 'r', surface: undefined, device: undefined },
      ...{ givenFeatures: [], items },
    }
    const whole = { items: [{ itemId: 'a' }, { itemId: 'b' }, { itemId: 'c' }] }
    expect(new GivenOrder(['*']).listOf(slate, whole)?.itemIds).toEqual(['a', 'b', 'c'])
  })
})

describe("the service's own log", () => {
  itWhenLong('gives given_rank and given_score as the service knew them, with any choice of features', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, clock: new SettableClock(servedFrom), domain: eCommerce })
    await served(service, 3)
    await service.close()
    const { header, column } = await trainingRows(await openLog(dataDir), HOUR)
    expect(header.features).toEqual(expect.arrayContaining(['given_rank', 'given_score']))
    const ranks = column('given_rank').filter((rank) => !Number.isNaN(rank))
    const scores = column('given_score').filter((score) => !Number.isNaN(score))
    // Some of the given lists are ordered, all of them have scores from 0 to 12.
    expect(ranks.length).toBeGreaterThan(10)
    expect(scores.length).toBeGreaterThan(ranks.length)
    expect(Math.max(...scores.map(Number))).toBeLessThanOrEqual(12)
  })

  it('refuses the option for a given order, because the log contains the given lists', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, clock: new SettableClock(servedFrom), domain: eCommerce })
    await service.ingest.record([{ userId: 'u', eventId: 'e', eventType: 'view', itemId: 'i', timestamp: servedFrom - DAY }])
    await service.close()
    const held = { archive: undefined, scratch: join(await temporaryDirectory(), 'held') }
    await expect(openLogs([dataDir], { domain: eCommerce, ...held, givenOrder: ['search'] })).rejects.toThrow(
      /--given-order is for logs of other systems/,
    )
  })
})
