import * as fc from 'fast-check'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { CONSENT_RULES, type ConsentRule } from '../../src/state/expiry.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { bothStores } from '../support/each-store.ts'
import { tracesOf } from '../support/personal-traces.ts'
import { type OpenedService, type ServiceOptions, UNLIMITED } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Ids that stand in no other text. */
const USERS = ['ann 2718281828', 'bob 2718281828', 'cem 2718281828']

type Step =
  | { readonly kind: 'events' | 'slate' | 'erase'; readonly user: string }
  | { readonly kind: 'consent' | 'optOut'; readonly user: string; readonly value: boolean }
  | { readonly kind: 'merge'; readonly user: string; readonly into: string }
  | { readonly kind: 'restart' }

const user = fc.constantFrom(...USERS)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('events' as const), user }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('consent' as const), user, value: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('optOut' as const), user, value: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('slate' as const), user }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('merge' as const), user, into: user }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('erase' as const), user }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
)

/** What a person has decided, and how many of their events count. */
interface Person {
  consent: { given: boolean; at: number } | undefined
  optedOut: boolean
  events: number
}

/** Persons as a reader of the documents expects them. */
class Expected {
  readonly #rule: ConsentRule
  readonly #persons = new Map<string, Person>()
  readonly #owners = new Map<string, string>()

  constructor(rule: ConsentRule) {
    this.#rule = rule
  }

  ownerOf(user: string): string {
    const into = this.#owners.get(user)
    return into === undefined ? user : this.ownerOf(into)
  }

  person(user: string): Person {
    const owner = this.ownerOf(user)
    const person = this.#persons.get(owner) ?? { consent: undefined, optedOut: false, events: 0 }
    this.#persons.set(owner, person)
    return person
  }

  reason(user: string): string | undefined {
    const { consent, optedOut } = this.person(user)
    if (optedOut) return 'OPTED_OUT'
    return (consent?.given ?? this.#rule === 'assumed') ? undefined : 'NO_CONSENT'
  }

  merge(from: string, into: string): void {
    const [one, other] = [this.person(into), this.person(from)]
    this.#owners.set(this.ownerOf(from), this.ownerOf(into))
    const decisions = [one.consent, other.consent].filter((consent) => consent !== undefined).sort((a, b) => b.at - a.at)
    // The later of two decisions; one that was made twice holds since the first time.
    if (decisions.length > 0) {
      const [{ given }] = decisions
      one.consent = decisions.every((decision) => decision.given === given) ? decisions.at(-1) : decisions[0]
    }
    one.optedOut ||= other.optedOut
    one.events += other.events
  }

  erase(user: string): void {
    const owner = this.ownerOf(user)
    for (const id of USERS.filter((id) => this.ownerOf(id) === owner)) this.#persons.delete(id)
    for (const id of USERS.filter((id) => this.ownerOf(id) === owner && id !== owner)) this.#owners.delete(id)
  }
}

bothStores((open, kind) => {
  for (const rule of CONSENT_RULES) {
    it(`with consent ${rule}, exactly the events that arrive with consent count, and others leave no trace`, {
      timeout: PROPERTY_MS,
    }, async () => {
      const property = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 30 }), async (steps) => {
        const dataDir = await temporaryDirectory()
        const clock = new SettableClock()
        const domain = { ...UNLIMITED, consent: rule }
        const files: ServiceOptions = kind === 'embedded' ? { dataDir, snapshotEvery: 0.003 } : {}
        let service = await open({ ...files, clock, domain })
        const { prefix } = service
        const expected = new Expected(rule)
        const discarded: string[] = []
        for (const [n, step] of steps.entries()) {
          clock.advance(1000)
          if (step.kind === 'restart') {
            await service.close()
            service = await open({ ...files, clock, domain, prefix })
          } else await act(service, step, expected, { n, discarded })
        }
        await service.store.settle()
        const redis = service.redisUrl === undefined ? undefined : new Redis(service.redisUrl)
        if (redis) onTestFinished(() => redis.disconnect())
        for (const user of USERS) {
          const { data, userIds } = await service.exports.export(user)
          expect(userIds[0]).toBe(expected.ownerOf(user))
          const owner = (data.users as JsonObject[]).find(({ userId }) => userId === userIds[0])
          const { user_activity } = (owner?.state ?? {}) as { user_activity?: { activity: { events: number } } }
          expect([user, user_activity?.activity.events ?? 0]).toEqual([user, expected.person(user).events])
        }
        // The exports have waited for the snapshots, so no file changes now.
        if (discarded.length > 0) expect(await tracesOf(service, discarded, [dataDir], redis)).toEqual([])
        await service.close()
        redis?.disconnect()
      })
      await checkProperty(property, 25)
    })
  }
})

/** Acts as the step says, and compares each answer with what is expected. */
async function act(
  { ingest, uploads, people, erasures, recommender, store, clock }: OpenedService,
  step: Exclude<Step, { kind: 'restart' }>,
  expected: Expected,
  { n, discarded }: { n: number; discarded: string[] },
): Promise<void> {
  const { user } = step
  switch (step.kind) {
    case 'events': {
      const eventIds = [0, 1].map((i) => `event ${n}-${i} 3141592653`)
      const outcomes = await ingest.record(
        eventIds.map((eventId) => ({ userId: user, eventId, itemId: 'hat', eventType: 'view' })),
      )
      const reason = expected.reason(user)
      const status = reason === undefined ? 'RECORDED' : 'DISCARDED'
      expect(outcomes).toMatchObject(eventIds.map(() => ({ status, notCounted: reason })))
      if (reason === undefined) expected.person(user).events += 2
      else discarded.push(...eventIds)
      return
    }
    case 'consent': {
      const { errors } = await uploads.upsertUsers([{ userId: user, consent: step.value, attributes: {} }])
      expect(errors).toEqual([])
      const person = expected.person(user)
      if (person.consent?.given !== step.value) person.consent = { given: step.value, at: clock.now() }
      return
    }
    case 'optOut':
      await uploads.upsertUsers([{ userId: user, optOut: step.value, attributes: {} }])
      expected.person(user).optedOut = step.value
      return
    case 'slate': {
      const absent = { surface: undefined, anchorItemIds: undefined, sessionId: undefined, device: undefined }
      const { recommendationId } = await recommender.recommend({ userId: user, first: 2, rules: {}, ...absent }, 'INITIAL')
      expect((await store.getSlate(recommendationId)) !== undefined).toBe(expected.reason(user) === undefined)
      return
    }
    case 'merge':
      if (expected.ownerOf(user) === expected.ownerOf(step.into) || expected.ownerOf(user) !== user) return
      await people.merge(user, step.into)
      expected.merge(user, step.into)
      return
    case 'erase':
      await erasures.erase(user)
      expected.erase(user)
  }
}
