import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readServiceLog } from '../../../lab/off-policy/service-log.ts'
import { readArchive } from '../../../src/state/log/archive.ts'
import { MINUTE } from '../../../src/time-units.ts'
import { exploring } from '../../support/exploring.ts'
import { itWhenLong } from '../../support/long.ts'
import { openOn } from '../../support/service.ts'
import { REQUEST } from '../../support/slate-request.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

/** 150 users see a slate, of items that are popular in the order i0 to i5, and click one item wherever they see it. */
async function logOf(share: number, randomised: number, liked: string) {
  const dataDir = join(await temporaryDirectory(), 'data')
  const domain = exploring({ position: 2, share, randomised }, { knownAfterClicks: Number.POSITIVE_INFINITY })
  const { uploads, ingest, recommender, clock, close } = await openOn(undefined, { domain, explores: true, dataDir })
  const items = Array.from({ length: 6 }, (_, i) => `i${i}`)
  await uploads.upsertItems(items.map((itemId) => ({ itemId, attributes: {} })))
  // From what is long past, nothing is learned about choices: the rule ranks, whose scores are close to each other.
  const timestamp = new Date(clock.now() - 2 * MINUTE).toISOString()
  const views = items.flatMap((itemId, i) =>
    Array.from({ length: 1500 - (i < 2 ? i : 6 + i) * 100 }, (_, n) => ({ userId: `v${n}`, itemId, timestamp })),
  )
  for (let at = 0; at < views.length; at += 500)
    await ingest.record(views.slice(at, at + 500).map((view) => ({ ...view, eventType: 'view' })))
  for (let user = 0; user < 150; user++) {
    clock.advance(MINUTE)
    const userId = `u${user}`
    const ask = () => recommender.recommend({ ...REQUEST, userId, first: 2, rules: { exclude: ['i5'] } }, 'INITIAL')
    // Made twice, as when the user's state changes: the same draw.
    for (const { recommendationId, items } of [await ask(), await ask()]) {
      await ingest.record([{ userId, eventType: 'impression', recommendationId, positions: [1, 2] }])
      if (items.some(({ itemId }) => itemId === liked))
        await ingest.record([{ userId, eventType: 'click', recommendationId, itemId: liked }])
    }
  }
  await close()
  return readServiceLog(readArchive(dataDir), domain)
}

itWhenLong('a log of the service gives the value of other ways to fill its slots', async () => {
  const { slots, randomised, impressions } = await logOf(1, 0, 'i3')
  expect(impressions).toBe(600)
  expect(randomised).toEqual({ slates: 0, policies: [] })
  expect(slots.decisions).toBe(150)
  const [evenly, best] = slots.policies
  expect([evenly.policy, best.policy]).toEqual(['drawn evenly', 'the highest estimate'])
  // i0 and i1 rank, so the arms are i2, i3 and i4, of which i3 is clicked, and soon drawn more often than not.
  const { ips, dr } = evenly.estimates
  expect(slots.asServed!.value).toBeGreaterThan(0.5)
  for (const { low, high } of [ips, dr]) {
    expect(low).toBeLessThan(1 / 3)
    expect(high).toBeGreaterThan(1 / 3)
    expect(high).toBeLessThan(slots.asServed!.value)
  }
  expect(best.estimates.dr.value).toBeGreaterThan(slots.asServed!.value)
})

it('a log of the service gives the value of its ranking, from randomised slates', async () => {
  const { slots, randomised } = await logOf(0, 1, 'i0')
  expect(slots.decisions).toBe(0)
  expect(randomised.slates).toBe(300)
  const [first, two] = randomised.policies
  expect([first.policy, two.policy]).toEqual(['the ranking, first 1', 'the ranking, first 2'])
  // The ranking has i0 on top, which everyone clicks: one click a slate, though it is drawn there in a fifth of them.
  for (const { estimates, asServed } of [first, two]) {
    expect(asServed.value).toBeLessThan(0.7)
    expect(estimates.snips.value).toBeCloseTo(1, 9)
    expect(estimates.ips.low).toBeLessThan(1)
    expect(estimates.ips.high).toBeGreaterThan(1)
  }
})

it('a log without random decisions gives no estimates, and the report says so', async () => {
  expect(await logOf(0, 0, 'i0')).toEqual({
    impressions: 600,
    slots: { decisions: 0, asServed: undefined, policies: [] },
    randomised: { slates: 0, policies: [] },
  })
})
