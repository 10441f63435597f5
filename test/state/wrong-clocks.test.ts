import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readReadiness } from '../../src/server/readiness.ts'
import { itemKey, LAST_SEEN } from '../../src/state/slots.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/time-units.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { bothStores } from '../support/each-store.ts'
import { featureInput } from '../support/features.ts'
import { post } from '../support/graphql-client.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { serve } from '../support/server.ts'
import { type Open, type OpenedService, openOn } from '../support/service.ts'
import { SettableClock, START } from '../support/settable-clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const YEAR = 365 * DAY
const STEPS = [SECOND, 20 * HOUR, 8 * DAY, 91 * DAY, 400 * DAY, 30 * YEAR].flatMap((ms) => [ms, -ms])
const ITEMS = ['i0', 'i1', 'i2']
const USERS = ['u0', 'u1', 'u2', 'u3']
/** Features that count, and those that decay. */
const COUNTS = ['item_views', 'user_events']
const POPULARITY = 'item_popularity_7d'

const NOW = Date.UTC(2026, 8, 7, 12)

/** A store on a machine whose clock may be wrong. Its process can end, and another start. */
class Installation {
  readonly clock: SettableClock
  readonly #open: Open
  readonly #dataDir: string
  /** Goes on over all starts: an event that comes again must not draw the number that it drew first. */
  readonly #random = seededRandomness()
  #prefix: string | undefined
  #service: OpenedService | undefined
  #events = 0
  /** Ids of the events that are on record. */
  readonly #recorded: { eventId: string; userId: string; itemId: string }[] = []
  readonly #lastSeen = new Map<string, number>()

  private constructor(open: Open, dataDir: string, now: number) {
    this.#open = open
    this.#dataDir = dataDir
    this.clock = new SettableClock(now)
  }

  /** Opens a new one with items, and users of whom attributes, a consent and a withdrawn consent are on record. */
  static async open(open: Open, now = Date.now()): Promise<Installation> {
    const made = new Installation(open, await temporaryDirectory(), now)
    await made.restart()
    const { uploads } = made.service
    await uploads.upsertItems(ITEMS.map((itemId) => ({ itemId, attributes: { category: 'c' } })))
    const { errors } = await uploads.upsertUsers([
      { userId: 'u0', attributes: { segment: 's' } },
      { userId: 'u1', attributes: {}, consent: true },
      { userId: 'refusing', attributes: {}, consent: false },
    ])
    expect(errors).toEqual([])
    for (const userId of USERS) for (const itemId of ITEMS) await made.view(userId, itemId)
    return made
  }

  /** What the clock would show if it had never stepped. */
  get rightTime(): number {
    return this.clock.monotonic()
  }

  get service(): OpenedService {
    return this.#service!
  }

  async restart(clockChecked?: string): Promise<void> {
    await this.#service?.close()
    this.#service = await this.#open({
      clock: this.clock,
      dataDir: this.#dataDir,
      random: this.#random,
      ...(this.#prefix !== undefined && { prefix: this.#prefix }),
      ...(clockChecked !== undefined && { clockChecked }),
    })
    this.#prefix = this.#service.prefix
  }

  /** A view that is new counts. @param timestamp by the clock of the client; none if absent */
  async view(userId: string, itemId: string, timestamp?: number): Promise<void> {
    const event = { eventId: `e${this.#events++}`, userId, itemId }
    const sent = { ...event, eventType: 'view', ...(timestamp !== undefined && { timestamp }) }
    const [outcome] = await this.service.ingest.record([sent])
    expect(outcome).toMatchObject({ status: 'RECORDED', notCounted: undefined })
    this.#recorded.push(event)
    this.clock.advance(SECOND)
    await this.#expectRising()
  }

  /** Whatever was recorded is a duplicate. */
  async sendAllAgain(): Promise<void> {
    const outcomes = await this.service.ingest.record(this.#recorded.map((event) => ({ ...event, eventType: 'view' })))
    expect(outcomes.filter(({ status }) => status !== 'DUPLICATE')).toEqual([])
  }

  async merge(userId: string, into: string): Promise<void> {
    await this.service.people.merge(userId, into)
  }

  /** What a wrong clock could take away. */
  async values() {
    const { store, accumulators, catalogue } = this.service
    await store.settle()
    const counts: Record<string, number> = {}
    for (const userId of USERS)
      for (const itemId of ITEMS)
        for (const name of COUNTS) counts[`${userId} ${itemId} ${name}`] = await this.feature(name, userId, itemId)
    const bytes = await store.readValues([...USERS, 'refusing'].map((id) => ({ kind: 'user', id })))
    const users = bytes.map((value) => {
      const { attributes, consent, links } = accumulators.codec.decode(value)
      return { attributes, consent: consent?.given, owner: links.owner, mergedFrom: links.mergedFrom }
    })
    const events = await Promise.all(USERS.map(async (userId) => (await store.readEvents(userId)).length))
    return { counts, users, events, items: catalogue.size }
  }

  /** Popularity of all items, decayed to the time of the service. */
  async popularity(): Promise<number> {
    let sum = 0
    for (const itemId of ITEMS) sum += await this.feature(POPULARITY, 'u0', itemId)
    return sum
  }

  async feature(name: string, userId: string, itemId: string): Promise<number> {
    const input = await featureInput(this.service, { userId, itemIds: [itemId] })
    return this.service.accumulators.features.get(name)!.column!(input)(0)
  }

  /** Writes as many snapshots as are kept: what they lack is lost. */
  async compact(): Promise<void> {
    await this.service.ingest.record([{ userId: 'gone', itemId: 'i0', eventType: 'impression' }])
    await this.service.erasures.erase('gone')
  }

  async #expectRising(): Promise<void> {
    const { store, accumulators } = this.service
    await store.settle()
    const { data, width } = await store.readRows('item', ITEMS.map(itemKey))
    ITEMS.forEach((itemId, row) => {
      const lastSeen = data[row * width + accumulators.layout.indexOf(LAST_SEEN.item)]
      expect(lastSeen).toBeGreaterThanOrEqual(this.#lastSeen.get(itemId) ?? 0)
      this.#lastSeen.set(itemId, lastSeen)
    })
  }
}

/** Expects a popularity that differs from another one by no more than the decay of so many days. */
function expectDecayed(before: number, after: number, days: number): void {
  const factor = 2 ** -((Math.abs(days) + 0.01) / 7)
  expect(after).toBeGreaterThan(before * factor)
  expect(after).toBeLessThan(before / factor)
}

type Act =
  | { readonly kind: 'step' | 'pass'; readonly ms: number }
  | { readonly kind: 'view'; readonly user: number; readonly item: number; readonly sentAgo: number | undefined }
  | { readonly kind: 'merge'; readonly user: number }
  | { readonly kind: 'restart' | 'compact' | 'again' }

const MOMENT = fc.oneof(...STEPS.map((ms) => fc.constant(ms)), fc.integer({ min: -30 * YEAR, max: 30 * YEAR }))
const ACTS: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('step' as const), ms: MOMENT }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: SECOND, max: HOUR / 2 }) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('view' as const),
        user: fc.nat(USERS.length - 1),
        item: fc.nat(ITEMS.length - 1),
        sentAgo: fc.option(fc.integer({ min: 0, max: HOUR }), { nil: undefined }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('merge' as const), user: fc.integer({ min: 1, max: USERS.length - 1 }) }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('restart' as const, 'compact' as const, 'again' as const) }) },
  ),
  { minLength: 4, maxLength: 14 },
)

/** @param isRight whether the clock stays right: it does not step */
async function play(open: Open, acts: readonly Act[], isRight: boolean) {
  const shop = await Installation.open(open, NOW)
  for (const act of acts) {
    if (act.kind === 'step' && !isRight) shop.clock.step(shop.rightTime + act.ms - shop.clock.now())
    else if (act.kind === 'pass') shop.clock.advance(act.ms)
    else if (act.kind === 'view') {
      const timestamp = act.sentAgo === undefined ? undefined : shop.rightTime - act.sentAgo
      await shop.view(USERS[act.user], ITEMS[act.item], timestamp)
    } else if (act.kind === 'merge') await shop.merge(USERS[act.user], 'u0')
    else if (act.kind === 'restart') await shop.restart()
    else if (act.kind === 'compact') await shop.compact()
    else if (act.kind === 'again') await shop.sendAllAgain()
  }
  await shop.sendAllAgain()
  const result = { values: await shop.values(), popularity: await shop.popularity(), time: shop.service.time() }
  await shop.service.close()
  return result
}

bothStores((open) => {
  describe.each(STEPS)('a clock that is %d ms wrong', (step) => {
    it.each(['while the service runs', 'when it starts'])('%s, takes nothing away', async (when) => {
      const isStart = when === 'when it starts'
      const shop = await Installation.open(open)
      const before = await shop.values()
      const popularity = await shop.popularity()
      shop.clock.step(step)
      if (isStart) await shop.restart()
      expect(await shop.values()).toEqual(before)
      await shop.compact()
      await shop.sendAllAgain()
      for (const itemId of ITEMS) await shop.view('z', itemId)
      // Now the log, too, has what was recorded under the wrong clock.
      if (isStart) await shop.restart()
      const during = await shop.values()
      expect(during.users).toEqual(before.users)
      for (const [name, count] of Object.entries(before.counts))
        expect(during.counts[name]).toBe(count + (name.endsWith('item_views') ? 1 : 0))
      await shop.compact()
      expect(shop.service.clockWatch.warning === undefined).toBe(Math.abs(step) < DAY)
      shop.clock.step(-step)
      if (isStart) await shop.restart()
      shop.clock.advance(MINUTE)
      await shop.sendAllAgain()
      expect(await shop.values()).toEqual(during)
      const later = await shop.popularity()
      expectDecayed(popularity + ITEMS.length, later, Math.abs(step) < DAY ? 1 : 0)
      await shop.view('z', 'i0')
      expect((await shop.popularity()) - later).toBeCloseTo(1, 2)
      expect(shop.service.clockWatch.warning).toBeUndefined()
    })
  })

  it('follows the clock after a pause, once the operator has checked it', async () => {
    const shop = await Installation.open(open)
    const before = await shop.values()
    shop.clock.step(400 * DAY)
    await shop.restart()
    const { url } = await serve(shop.service)
    const warning = expect.stringContaining(`set CLOCK_CHECKED=${new Date(shop.clock.now()).toISOString().slice(0, 10)}`)
    expect(await post(url, 'query { status { clockWarning } }')).toEqual({ data: { status: { clockWarning: warning } } })
    expect((await readReadiness(shop.service, false)).body).toMatchObject({ clock: warning })
    expect(shop.service.warnings).toContainEqual(warning)
    // Whichever of both times a client has.
    await shop.view('u0', 'i0', shop.clock.now())
    await shop.view('u0', 'i0', shop.service.time())
    expect((await shop.values()).events[0]).toBe(before.events[0] + 2)
    await shop.restart(new Date(shop.clock.now()).toISOString().slice(0, 10))
    expect(shop.service.time()).toBe(shop.clock.now())
    expect(shop.service.clockWatch.warning).toBeUndefined()
    // Now the time of the pause counts: users have expired.
    expect((await shop.values()).counts['u0 i0 user_events']).toBeNaN()
  })

  it('loses nothing, however the clock steps, while the service runs and when it starts', { timeout: PROPERTY_MS }, async () => {
    const property = fc.asyncProperty(ACTS, async (acts) => {
      const right = await play(open, acts, true)
      const wrong = await play(open, acts, false)
      expect(wrong.values).toEqual(right.values)
      expectDecayed(right.popularity, wrong.popularity, (wrong.time - right.time) / DAY)
    })
    await checkProperty(property, 15)
  })
})

it('begins at the time of the log in a folder of an earlier version', async () => {
  const dataDir = await temporaryDirectory()
  const clock = new SettableClock()
  const first = await openOn(undefined, { dataDir, clock })
  await first.ingest.record([{ userId: 'ann', itemId: 'i1', eventType: 'view' }])
  await first.close()
  await rm(join(dataDir, 'last-time'))
  clock.step(400 * DAY)
  const second = await openOn(undefined, { dataDir, clock })
  expect(second.time()).toBe(START)
  expect(second.clockWatch.warning).toMatch(/400\.0 days ahead/)
})
