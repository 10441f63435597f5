import { Random } from '../random.ts'
import { sessionSteps } from './behaviour.ts'
import { type BehaviourPolicy, createBehaviourPolicy } from './behaviour-policy.ts'
import { Heap } from './binary-heap.ts'
import { nextVisit } from './next-visit.ts'
import { openSession } from './session.ts'
import { DAY_MS, type Shop } from './shop.ts'
import type { Shopper } from './shopper.ts'
import { createMemory } from './shopper-memory.ts'
import type { SimulatedEvent } from './simulated-event.ts'

export type SimulateLogOptions = {
  seed: number
  shoppers: readonly Shopper[]
  /** Length of the log. */
  days: number
  /** Start of the log, in milliseconds since 1970; not before the shop's. */
  startsAt: number
  /** Share of the places on slates that are filled at random, 0 to 1; 0.25 by default. */
  epsilon?: number
  /** Whether search results are slates: the first results, in the order of the shop's search engine. False by default. */
  search?: boolean
}

/**
 * Yields a log without a server: the events of all shoppers in the order of (timestamp, eventId), for `days` days from
 * `startsAt`. The slates come from the simulator's own policy and have no id. Each impression is therefore an event that names
 * its item, with its `position`, `surface` and `slate`. Only the shoppers' memories are kept, so the log may be longer than fits
 * into memory.
 */
export function* simulateLog(shop: Shop, options: SimulateLogOptions): Generator<SimulatedEvent, void, void> {
  const policy = createBehaviourPolicy(shop, { seed: options.seed, epsilon: options.epsilon ?? 0.25 })
  const streams = new Heap<Stream>(isBefore)
  for (const shopper of options.shoppers) {
    const source = shopperEvents(shop, shopper, options, policy)
    const first = source.next()
    if (!first.done) streams.push({ event: first.value, source })
  }
  for (let earliest = streams.peek(); earliest !== undefined; earliest = streams.peek()) {
    yield earliest.event
    policy.observe(earliest.event)
    const next = earliest.source.next()
    if (next.done) {
      streams.pop()
    } else {
      earliest.event = next.value
      streams.replaceLeast(earliest)
    }
  }
}

type Stream = { event: SimulatedEvent; source: Generator<SimulatedEvent, void, void> }

function isBefore(left: Stream, right: Stream): boolean {
  if (left.event.timestamp !== right.event.timestamp) return left.event.timestamp < right.event.timestamp
  return left.event.eventId < right.event.eventId
}

/** All visits of one shopper. Each is opened when its turn comes, so that its slates are of that moment. */
function* shopperEvents(
  shop: Shop,
  shopper: Shopper,
  { seed, startsAt, days, search = false }: SimulateLogOptions,
  policy: BehaviourPolicy,
): Generator<SimulatedEvent, void, void> {
  const endsAt = startsAt + days * DAY_MS
  const memory = createMemory()
  const visits = new Random(seed, 'visits', shopper.userId)
  let at = nextVisit(shopper, memory, startsAt, visits)
  for (let visit = 1; at < endsAt; visit++) {
    const session = openSession({ shop, shopper, memory, seed, visit, at, ranksSearches: search })
    const steps = sessionSteps(shopper, session)
    let step = steps.next()
    while (!step.done) {
      if (step.value.kind === 'ask') {
        step = steps.next(policy.slate(step.value.request, session.at))
      } else {
        if (step.value.event.timestamp >= endsAt) return
        yield step.value.event
        step = steps.next()
      }
    }
    at = nextVisit(shopper, memory, session.at, visits)
  }
}
