import { Random } from '../../lab/random.ts'
import { sessionSteps } from '../../lab/simulation/behaviour.ts'
import { Heap } from '../../lab/simulation/binary-heap.ts'
import { nextVisit } from '../../lab/simulation/next-visit.ts'
import { openSession, type Session } from '../../lab/simulation/session.ts'
import type { Shop } from '../../lab/simulation/shop.ts'
import type { Shopper } from '../../lab/simulation/shopper.ts'
import { createMemory } from '../../lab/simulation/shopper-memory.ts'
import type { SimulatedEvent } from '../../lab/simulation/simulated-event.ts'
import type { SlateRequest as Asked, ServedSlate } from '../../lab/simulation/slate-request.ts'
import { expectedClicks, idealSlate } from '../../lab/simulation/true-gain.ts'
import type { Slate, SlateRequest } from '../../src/slate/slate.ts'
import type { OpenedService } from './service.ts'

export interface ServedShopOptions {
  readonly shop: Shop
  readonly shoppers: readonly Shopper[]
  readonly seed: number
  /** Begins ids of events and sessions. */
  readonly run: string
  /** ms since 1970. */
  readonly from: number
  readonly until: number
  /** Stands for the recommender's own answer, if given. */
  readonly answer?: (request: SlateRequest) => Promise<Slate>
}

/** Clicks that the slates were worth by the shoppers' true tastes, on average, and that the best ones would have been. */
export interface TrueGain {
  readonly slates: number
  readonly served: number
  readonly ideal: number
}

type Step =
  | { readonly kind: 'ask'; readonly at: number; readonly request: Asked; readonly session: Session; readonly shopper: Shopper }
  | { readonly kind: 'event'; readonly at: number; readonly event: SimulatedEvent }

type Stream = { step: Step; readonly steps: Generator<Step, void, ServedSlate | undefined> }

/**
 * Lets shoppers use a service in this process, at the simulation's own time: its clock is set to the moment of each slate and event,
 * in one global order, so that days go by as fast as they can be served.
 */
export async function serveShop(service: OpenedService, options: ServedShopOptions): Promise<TrueGain> {
  const { shop, shoppers, until } = options
  const { clock, uploads, ingest, recommender } = service
  const { answer = (request) => recommender.recommend(request, 'INITIAL') } = options
  const streams = new Heap<Stream>((left, right) => left.step.at < right.step.at)
  for (const shopper of shoppers) {
    const steps = visits(shopper, options)
    const first = steps.next()
    if (!first.done) streams.push({ step: first.value, steps })
  }
  const unknown = [...shop.items].sort((a, b) => arrival(shop, b.itemId) - arrival(shop, a.itemId))
  let [slates, served, ideal] = [0, 0, 0]
  for (let next = streams.peek(); next && next.step.at < until; next = streams.peek()) {
    const { step, steps } = next
    clock.set(step.at)
    const arrived = []
    for (let item = unknown.at(-1); item && arrival(shop, item.itemId) <= step.at; item = unknown.at(-1)) {
      arrived.push(item)
      unknown.pop()
    }
    if (arrived.length > 0) await uploads.upsertItems(arrived)
    let slate: ServedSlate | undefined
    if (step.kind === 'ask') {
      const { request, session, shopper } = step
      const { recommendationId, items } = await answer(requestOf(request))
      const itemIds = items.map(({ itemId }) => itemId)
      slate = { recommendationId, itemIds }
      slates++
      served += expectedClicks(shop, shopper, session, request.surface, itemIds)
      ideal += expectedClicks(shop, shopper, session, request.surface, idealSlate(shop, shopper, session, request))
    } else {
      const [outcome] = await ingest.record([step.event])
      if (outcome.status !== 'RECORDED') throw new Error(`${step.event.eventId} was not recorded: ${outcome.status}`)
    }
    const following = steps.next(slate)
    if (following.done) streams.pop()
    else {
      next.step = following.value
      streams.replaceLeast(next)
    }
  }
  return { slates, served: served / slates, ideal: ideal / slates }
}

/** All visits of one shopper. */
function* visits(shopper: Shopper, { shop, seed, run, from, until }: ServedShopOptions): Stream['steps'] {
  const memory = createMemory()
  const random = new Random(seed, 'visits', shopper.userId)
  let at = nextVisit(shopper, memory, from, random)
  for (let visit = 1; at < until; visit++) {
    const session = openSession({ shop, shopper, memory, seed, visit, at, run })
    const steps = sessionSteps(shopper, session)
    for (let step = steps.next(); !step.done; ) {
      if (step.value.kind === 'ask') {
        const { request } = step.value
        step = steps.next(yield { kind: 'ask', at: session.at, request, session, shopper })
      } else {
        const { event } = step.value
        yield { kind: 'event', at: event.timestamp, event }
        step = steps.next()
      }
    }
    at = nextVisit(shopper, memory, session.at, random)
  }
}

function arrival(shop: Shop, itemId: string): number {
  return shop.truthOf(itemId)!.arrivesAt
}

function requestOf({ userId, sessionId, surface, device, anchorItemId, first }: Asked): SlateRequest {
  return { userId, sessionId, surface, device, anchorItemIds: anchorItemId === undefined ? [] : [anchorItemId], first }
}
