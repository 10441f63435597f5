import { UnavailableError } from '../../src/errors.ts'
import type { EventOutcome } from '../../src/events/arriving-event.ts'
import { People } from '../../src/events/people.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import { systemRandomness } from '../../src/random.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import type { StateStore, Swap, SwapOutcome } from '../../src/state/store.ts'
import type { OpenedService } from '../support/service.ts'

/** Merges through another view of the service's store. */
export function mergesOn(service: OpenedService, store: StateStore): People {
  return new People({ ...service, store, random: systemRandomness() })
}

let events = 0

export async function record(
  service: OpenedService,
  userId: string,
  itemId: string,
  more: Partial<EventInput> = {},
): Promise<string> {
  const [{ status }] = await service.ingest.record([{ eventId: `e${++events}`, userId, itemId, eventType: 'view', ...more }])
  return status
}

export async function activity(service: OpenedService, userId: string): Promise<number> {
  const { user } = await readKnownUser(service, userId, service.clock.now())
  return (user.parts.get('activity') as { events: number } | undefined)?.events ?? 0
}

type CommitSwap = (swap: Swap) => Promise<SwapOutcome>

/** The store, whose swaps go through `around`. */
export function swapping(store: StateStore, around: (swap: Swap, commit: CommitSwap) => Promise<SwapOutcome>): StateStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'swap') return (swap: Swap) => around(swap, (one) => target.swap(one))
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

/** The store, whose swaps fail from the given one on until `heals` is called: before they are committed, or behind it. */
export function failing(store: StateStore, first: number, when: 'before' | 'after') {
  let swaps = 0
  let healed = false
  return {
    store: swapping(store, async (swap, commit) => {
      const fails = !healed && swaps++ >= first
      if (fails && when === 'before') throw new UnavailableError('cut')
      const outcome = await commit(swap)
      if (fails) throw new UnavailableError('cut')
      return outcome
    }),
    heal: () => {
      healed = true
    },
  }
}

export function versionIn(outcome: EventOutcome): number {
  if (!('userVersion' in outcome)) throw new Error(`answered ${outcome.status}`)
  return outcome.userVersion
}
