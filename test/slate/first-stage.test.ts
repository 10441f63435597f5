import { describe, expect, it, vi } from 'vitest'
import { ObservedStore } from '../../lab/learning/observed-store.ts'
import { NO_LIMITS } from '../../src/accumulators/counting-limits.ts'
import { CHOICE_SUMS, choiceSumsKey, listChoices, MOST_CHOICES_A_DAY } from '../../src/accumulators/list-choices.ts'
import type { CandidateSource } from '../../src/candidates/source.ts'
import { defineDomain } from '../../src/domain/define-domain.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { assignedPolicy, HOLD_OUT } from '../../src/domain/experiment.ts'
import { UnavailableError } from '../../src/errors.ts'
import { Enrichment } from '../../src/events/enrichment.ts'
import { Ingest } from '../../src/events/ingest.ts'
import { ChoiceObserver } from '../../src/slate/choice-observer.ts'
import { choiceReads, FIRST_STAGE, type LearnedChoices, learnedChoices, listNames } from '../../src/slate/first-stage.ts'
import { order, rank } from '../../src/slate/rank.ts'
import { decayedValue, epochOf, weightAt } from '../../src/state/decay.ts'
import type { EventFacts } from '../../src/state/log-entry.ts'
import { UserValue } from '../../src/state/user-value.ts'
import { DAY, MINUTE } from '../../src/time-units.ts'
import { systemTimers } from '../../src/timers.ts'
import { bothStores } from '../support/each-store.ts'
import { type OpenedService, openOn } from '../support/service.ts'
import { SettableClock, START } from '../support/settable-clock.ts'
import { REQUEST } from '../support/slate-request.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const ITEMS = Array.from({ length: 10 }, (_, n) => `i${n}`)

/** The number in the id of a user, whose favourite is the item of its last digit. */
const favouriteOf = (userId: string) => Number(userId.slice(1)) % ITEMS.length

function sourceOf(name: string, listOf: (userId: string) => string[]): CandidateSource {
  return {
    ...{ name, quota: ITEMS.length, reads: () => ({}) },
    candidates: ({ userId }) => {
      const itemIds = listOf(userId)
      return { itemIds, scores: itemIds.map((_, at) => -at), reason: () => ({ code: name }) }
    },
  }
}

const KNOWS = sourceOf('knows', (userId) => ITEMS.map((_, n) => ITEMS[(favouriteOf(userId) + n) % ITEMS.length]))

/** A shop where one source knows what users want, and one proposes the same to all. */
function shopWith(other: string): Domain {
  const domain = defineDomain({
    name: 'knowing',
    eventTypes: { view: { role: 'view', weight: 1, goal: false, triggers: true } },
    attributes: {},
    sources: { knows: KNOWS, [other]: sourceOf(other, () => ITEMS) },
    seen: [],
    surfaces: { home: {} },
  })
  return { ...domain, limits: NO_LIMITS }
}

/** The rule trusts both sources alike. */
const SHOP = shopWith('guesses')

/** A shop where the source that proposes the same to all proposes only two items. */
const SHORT_LIST = (() => {
  const [knows, guesses] = SHOP.sources
  const candidates: CandidateSource['candidates'] = () => ({
    ...{ itemIds: ['i3', 'i4'], scores: [2, 1] },
    reason: () => ({ code: guesses.name }),
  })
  return { ...SHOP, sources: [knows, { ...guesses, candidates }] }
})()

type Setup = Parameters<typeof openOn>[1]

async function openShop(open: (options?: Setup) => Promise<OpenedService>, options: Setup = {}): Promise<OpenedService> {
  const service = await open({ domain: SHOP, ...options })
  await service.uploads.upsertItems(ITEMS.map((itemId) => ({ itemId, attributes: {} })))
  return service
}

/** Records as the service does, but waits for each choice to be observed, however long that takes. */
function observing(service: OpenedService): Ingest {
  const timers = { ...systemTimers, after: () => () => {} }
  const choices = new ChoiceObserver({ ...service, isOn: () => true, timers })
  const observeChoice: ChoiceObserver['observe'] = (events, userId, user) => choices.observe(events, userId, user)
  return new Ingest({ ...service, enrichment: new Enrichment(service), observeChoice })
}

/** Of each of these users, a first view of their favourite. */
async function choose({ store, clock }: OpenedService, ingest: Pick<Ingest, 'record'>, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    clock.advance(1000)
    const [outcome] = await ingest.record([
      { eventId: `e${n}`, userId: `u${n}`, itemId: `i${n % ITEMS.length}`, eventType: 'view' },
    ])
    expect(outcome.status).toBe('RECORDED')
    // On Redis, the next choice is made from sums that have this one.
    await store.settle()
  }
}

/** What was learned on all surfaces before users act in a session, by member. */
async function learnedOn({ store, domain, time }: OpenedService): Promise<Record<string, number>> {
  const { sums } = listNames(domain.sources, undefined, new UserValue(), undefined)
  const [{ epoch, latest, members, scores }] = await store.readSets([
    { entity: choiceSumsKey(sums[0]), set: CHOICE_SUMS, limit: CHOICE_SUMS.capacity },
  ])
  const values = Array.from(scores, (score) => decayedValue(score, epoch, Math.max(latest, time()), CHOICE_SUMS.halfLife))
  return Object.fromEntries(members.map((member, at) => [member, values[at]] as const).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const sumsByStore = new Map<string, Record<string, number>>()

bothStores((open, store) => {
  it('learns from what users choose which list to trust, and says that it ranked', async () => {
    const service = await openShop(open)
    const before = await service.recommender.recommend({ ...REQUEST, userId: 'u1007' }, 'INITIAL')
    expect(before).toMatchObject({ model: undefined, fallback: true })
    expect(before.items[0].itemId).toBe('i0')
    await choose(service, observing(service), 0, 60)
    const after = await service.recommender.recommend({ ...REQUEST, userId: 'u1007' }, 'INITIAL')
    expect(after).toMatchObject({ model: FIRST_STAGE, fallback: false, warnings: [] })
    expect(after.items[0].itemId).toBe('i7')
  })

  it('does not rank for the hold-out of an experiment, and learns nothing of it', async () => {
    const experiment = { holdOut: 0.5, policies: [{ name: 'default', share: 1 }] }
    const domain = { ...shopWith('trending'), experiment }
    const service = await openShop(open, { domain })
    await choose(service, observing(service), 0, 160)
    const of = (isHeldOut: boolean) =>
      [1007, 1017, 1027, 1037, 1047]
        .map((n) => `u${n}`)
        .find((id) => (assignedPolicy(id, experiment) === HOLD_OUT) === isHeldOut)!
    const slateOf = (userId: string) => service.recommender.recommend({ ...REQUEST, userId }, 'INITIAL')
    expect(await slateOf(of(false))).toMatchObject({ model: FIRST_STAGE, policy: 'default' })
    const held = await slateOf(of(true))
    expect(held).toMatchObject({ model: undefined, policy: HOLD_OUT.name })
    expect(held.items.map(({ itemId }) => itemId)).toEqual(ITEMS.slice(0, held.items.length))
    const ofHoldOut = listNames(domain.sources.slice(1), undefined, new UserValue(), undefined)
    const [{ members }] = await service.store.readSets(choiceReads(ofHoldOut).slice(0, 1))
    expect(members).toEqual([])
  })

  it('learns the same on both stores', async () => {
    const service = await openShop(open)
    await choose(service, observing(service), 0, 40)
    const learned = await learnedOn(service)
    expect(learned.n).toBeCloseTo(40, 1)
    // Order 2 is the first list: each chosen item stood at its top, which is the first band of its places.
    expect(learned['2.0']).toBe(learned.n)
    for (const other of sumsByStore.values()) expect(learned).toEqual(other)
    sumsByStore.set(store, learned)
  })

  it('counts at most fifty choices of a person on a day', async () => {
    const service = await openShop(open)
    const ingest = observing(service)
    const act = async (from: number, to: number) => {
      for (let n = from; n < to; n++) {
        service.clock.advance(1000)
        // Each in a session of its own, since moments within a session are learned apart.
        const event = { eventId: `e${n}`, userId: 'u7', sessionId: `s${n}`, itemId: 'i7', eventType: 'view' }
        await ingest.record([event])
      }
      await service.store.settle()
    }
    await act(0, 120)
    expect((await learnedOn(service)).n).toBeCloseTo(MOST_CHOICES_A_DAY, 2)
    service.clock.advance(DAY)
    await act(120, 130)
    const { n } = await learnedOn(service)
    expect(n).toBeGreaterThan(MOST_CHOICES_A_DAY)
    expect(n).toBeLessThanOrEqual(MOST_CHOICES_A_DAY + 10)
  })

  it('keeps what was learned when a person is erased, and forgets the choice', async () => {
    const service = await openShop(open)
    const ingest = observing(service)
    await choose(service, ingest, 0, 35)
    const learned = await learnedOn(service)
    expect((await service.erasures.erase('u7')).logEntries).toBeGreaterThan(0)
    await service.store.settle()
    expect(await learnedOn(service)).toEqual(learned)
    expect(await service.store.readEvents('u7')).toEqual([])
  })
})

it('learns places alone from a log entry of the form before lists had details, and again from its log', async () => {
  const dataDir = await temporaryDirectory()
  const service = await openShop((options) => openOn(undefined, options), { dataDir })
  const { sums } = listNames(SHOP.sources, undefined, new UserValue(), undefined)
  const choice = { sums, places: [2, 4, 1, 8, 0, 0, 0, 0, 0, 0, 0] }
  const observeChoice = async <Event extends { readonly facts: EventFacts }>(events: readonly Event[]) =>
    events.map((one) => ({ ...one, facts: { ...one.facts, choice } }))
  await choose(service, new Ingest({ ...service, enrichment: new Enrichment(service), observeChoice }), 0, 1)
  const learned = await learnedOn(service)
  expect(Object.keys(learned)).toEqual(['2.0', '3.4', 'n', 'r0', 'r1', 'r2', 'r3'])
  expect([learned.n, learned.r0, learned.r1, learned.r2, learned.r3].map((sum) => sum / learned.n)).toEqual([
    1,
    1 / 2,
    1 / 4,
    1,
    1 / 8,
  ])
  await service.close()
  expect(await learnedOn(await openOn(undefined, { domain: SHOP, clock: service.clock, dataDir }))).toEqual(learned)
})

it('learns the same from its log', async () => {
  const dataDir = await temporaryDirectory()
  const service = await openShop((options) => openOn(undefined, options), { dataDir })
  await choose(service, observing(service), 0, 40)
  const learned = await learnedOn(service)
  await service.close()
  const again = await openOn(undefined, { domain: SHOP, clock: service.clock, dataDir })
  expect(await learnedOn(again)).toEqual(learned)
})

describe('the first stage', () => {
  /** A user's candidates, and what the first stage has learned, if these are its sums. */
  async function candidates(sums: Record<string, number>, surface?: Record<string, number>, domain = SHOP) {
    const service = await openShop((options) => openOn(undefined, options), { domain })
    const { input } = await service.recommender.candidates({ ...REQUEST, userId: 'u7' })
    const { now } = input
    const names = listNames(domain.sources, surface && 'home', input.user, input.session)
    const view = (of: Record<string, number>) => ({
      ...{ epoch: epochOf(now, CHOICE_SUMS.halfLife), latest: now, members: Object.keys(of) },
      scores: Float64Array.from(Object.values(of), (value) => value * weightAt(now, CHOICE_SUMS.halfLife)),
    })
    const choices = learnedChoices(names, [...(surface ? [surface] : []), sums].map(view), now)
    return { input, choices, accumulators: service.accumulators }
  }

  const ranked = async ({ input, choices, accumulators }: Awaited<ReturnType<typeof candidates>>) => {
    const { model, scores } = await rank(input, undefined, accumulators, choices satisfies LearnedChoices)
    return { model, items: order(input.itemIds, scores).map((row) => input.itemIds[row]) }
  }

  /** Of a list by its number: where so many choices stood at its top. */
  const atTop = (list: number, choices: number) => ({ [`r${list + 2}`]: choices, [`${list + 2}.0`]: choices })

  it('leaves the order to the rule until it has seen thirty choices', async () => {
    expect((await ranked(await candidates({ n: 29, r0: 29, r1: 9, ...atTop(0, 29) }))).model).toBeUndefined()
    const { model, items } = await ranked(await candidates({ n: 31, r0: 31, r1: 9, ...atTop(0, 31) }))
    expect({ model, first: items[0] }).toEqual({ model: FIRST_STAGE, first: 'i7' })
  })

  it('leaves the order to the rule where the rule had put what users chose nearer to the top', async () => {
    expect((await ranked(await candidates({ n: 100, r0: 40, r1: 41, ...atTop(0, 30) }))).model).toBeUndefined()
  })

  it('follows a single list that did better, once it has seen five hundred choices', async () => {
    const sums = (n: number) => ({ n, r0: 0.6 * n, r1: 0.1 * n, ...atTop(0, 0.5 * n), ...atTop(1, 0.4 * n), r3: 0.61 * n })
    expect((await ranked(await candidates(sums(490)))).items[0]).toBe('i7')
    expect((await ranked(await candidates(sums(510)))).items).toEqual(ITEMS)
  })

  it('puts behind a single list what stands in others, in the order of all', async () => {
    const sums = { n: 600, r0: 300, r1: 10, ...atTop(0, 300), ...atTop(1, 200), r3: 301 }
    const own = ['i7', 'i8', 'i9', 'i0', 'i1', 'i2', 'i5', 'i6']
    expect((await ranked(await candidates(sums, undefined, SHORT_LIST))).items).toEqual(['i3', 'i4', ...own])
  })

  it('reads what it has learned once a second', async () => {
    const service = await openShop((options) => openOn(undefined, options))
    const observed = async () =>
      (await service.recommender.candidates({ ...REQUEST, userId: 'u7' })).choices?.observed[0].observed
    const ingest = observing(service)
    expect(await observed()).toBe(0)
    await ingest.record([{ eventId: 'e1', userId: 'u1', itemId: 'i1', eventType: 'view' }])
    service.clock.advance(999)
    expect(await observed()).toBe(0)
    service.clock.advance(1)
    expect(await observed()).toBeCloseTo(1, 3)
  })

  it('decides by the choices on the surface, once these are two hundred', async () => {
    const ofAll = { n: 400, r0: 300, r1: 100, ...atTop(0, 300) }
    const ofSurface = (n: number) => ({ n, r0: n, r1: 0, ...atTop(1, n) })
    expect((await ranked(await candidates(ofAll, ofSurface(190)))).items[0]).toBe('i7')
    expect((await ranked(await candidates(ofAll, ofSurface(210)))).items[0]).toBe('i0')
  })
})

describe('a choice', () => {
  const VIEW = { userId: 'u7', itemId: 'i7', eventType: 'view' }

  /** The facts of an event that the service records in such a shop. */
  async function observed(input: object, options: Setup = {}) {
    const service = await openShop((given) => openOn(undefined, given), options)
    const facts: EventFacts[] = []
    const store = new ObservedStore(service.store, ({ events }) => facts.push(...events.map((one) => one.facts)))
    const observeChoice: ChoiceObserver['observe'] = (events, userId, user) => service.choices.observe(events, userId, user)
    const ingest = new Ingest({ ...service, store, enrichment: new Enrichment(service), observeChoice })
    const [{ status }] = await ingest.record([{ ...VIEW, timestamp: new Date(service.time()).toISOString(), ...input }])
    expect(status).toBe('RECORDED')
    return facts[0].choice
  }

  it('stands in the log with the places of the item', async () => {
    expect((await observed({}))?.places).toEqual([3, 3, 1, 8, 0, 0, 0, 0, 0, 0, 0])
  })

  it('has for each list the place that the item had if the list came first', async () => {
    const of = (itemId: string) => observed({ itemId }, { domain: SHORT_LIST })
    const lists = (await of('i7'))?.lists
    // The list of the user's own items has it at the top. Two others stand before it in the short list.
    expect(lists?.lengths.slice(0, 2)).toEqual([10, 2])
    expect(lists?.leading.slice(0, 2)).toEqual([1, 3])
    expect(lists?.credits.slice(0, 2)).toEqual([1, 0])
    const [knows, short] = (await of('i4'))?.lists?.leading ?? []
    expect([knows, short]).toEqual([8, 2])
  })

  it.each([
    ['an impression', { eventType: 'impression' }],
    ['a search', { eventType: 'search', itemId: undefined }],
    ['an item that nobody uploaded', { itemId: 'unknown' }],
    ['an event that names a slate', { recommendationId: 'a-slate' }],
    ['an event that comes late', { timestamp: new Date(START - 2 * MINUTE).toISOString() }],
  ])('is not observed of %s', async (_, input) => {
    expect(await observed(input)).toBeUndefined()
  })

  it('is not observed where one model ranks for all', async () => {
    const { recommender, choices, time } = await openOn(undefined, { model: 'default' })
    const event = { ...VIEW, eventId: 'e1', timestamp: time() }
    expect(choices.observe([{ event, facts: { items: [] } }], 'u7', undefined)).toBeUndefined()
    expect((await recommender.candidates(REQUEST)).choices).toBeUndefined()
  })

  it('is not observed if the store fails, or if two others are: events are recorded all the same', async () => {
    const service = await openShop((options) => openOn(undefined, options))
    const { choices, store, time, clock } = service
    const recorded = { event: { ...VIEW, eventId: 'e1', timestamp: time() }, facts: { items: [] } }
    const observe = () => {
      clock.advance(200)
      return choices.observe([recorded], 'u7', undefined)
    }
    const [one, two, three] = [observe(), observe(), observe()]
    expect(three).toBeUndefined()
    for (const events of await Promise.all([one, two])) expect(events?.[0].facts).toHaveProperty('choice')
    const failing = vi.spyOn(store, 'readSets').mockRejectedValue(new UnavailableError('Send it again.'))
    expect(await observe()).toEqual([recorded])
    failing.mockRestore()
    expect(choices.missed).toEqual({ busy: 1, failed: 1, slow: 0 })
  })

  it('is observed at most a hundred times at once, and then five times a second', async () => {
    const { choices, time, clock } = await openShop((options) => openOn(undefined, options))
    const event = { ...VIEW, eventId: 'e1', timestamp: time() }
    const observe = () => choices.observe([{ event, facts: { items: [] } }], 'u7', undefined)
    for (let n = 0; n < 100; n++) expect(await observe()).toBeDefined()
    clock.advance(199)
    expect(observe()).toBeUndefined()
    clock.advance(1)
    expect(await observe()).toBeDefined()
    expect(observe()).toBeUndefined()
  })

  // Regression: two replays of one log learned from different choices, and had different slates.
  it('of a replay is observed as often as the times of its events allow, however fast it is played', async () => {
    const observed = async (clock: SettableClock) => {
      const { choices, time } = await openShop((options) => openOn(undefined, options), { clock })
      let count = 0
      for (let n = 0; n < 300; n++) {
        clock.arrive(START + n * 200)
        const event = { ...VIEW, eventId: `e${n}`, timestamp: time() }
        // No time passes on the machine.
        if (await choices.observe([{ event, facts: { items: [] } }], 'u7', undefined)) count++
      }
      return count
    }
    const stopped = new (class extends SettableClock {
      override monotonic = () => 0
    })(START, true)
    expect(await observed(stopped)).toBe(300)
    expect(await observed(new SettableClock())).toBe(100)
  })

  it('leaves nothing in the value of a user: what the log does not have would be stored', async () => {
    const { choices, time } = await openShop((options) => openOn(undefined, options))
    const user = new UserValue()
    const recorded = { event: { ...VIEW, eventId: 'e1', timestamp: time() }, facts: { items: [] } }
    expect(await choices.observe([recorded], 'u7', user)).toBeDefined()
    expect(user.parts.has('choices_of_day')).toBe(false)
    listChoices.merge?.(user, new UserValue())
    expect(user.parts.has('choices_of_day')).toBe(false)
  })

  it('is not waited for longer than its time', async () => {
    const service = await openShop((options) => openOn(undefined, options))
    const timers = { ...systemTimers, after: (_: number, callback: () => void) => systemTimers.after(0, callback) }
    const recommender = { candidates: () => new Promise<never>(() => {}) }
    const choices = new ChoiceObserver({ ...service, recommender, isOn: () => true, timers })
    const recorded = { event: { ...VIEW, eventId: 'e1', timestamp: service.time() }, facts: { items: [] } }
    expect(await choices.observe([recorded], 'u7', undefined)).toEqual([recorded])
    expect(choices.missed.slow).toBe(1)
  })

  it('of many is observed in a falling share, the same in each process', async () => {
    const service = await openShop((options) => openOn(undefined, options))
    const ingest = observing(service)
    await choose(service, ingest, 0, 700)
    const { n } = await learnedOn(service)
    expect(n).toBeGreaterThan(400)
    expect(n).toBeLessThan(600)
  })
})
