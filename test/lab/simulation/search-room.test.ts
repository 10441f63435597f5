import { expect, it } from 'vitest'
import { withinSlate } from '../../../lab/evaluation/within-slate.ts'
import { Random } from '../../../lab/random.ts'
import { sessionSteps } from '../../../lab/simulation/behaviour.ts'
import { createBehaviourPolicy } from '../../../lab/simulation/behaviour-policy.ts'
import { examination } from '../../../lab/simulation/examination.ts'
import { nextVisit } from '../../../lab/simulation/next-visit.ts'
import { openSession, type Session } from '../../../lab/simulation/session.ts'
import { createShop, DAY_MS, type Shop } from '../../../lab/simulation/shop.ts'
import { appeal, createShoppers, type Shopper } from '../../../lab/simulation/shopper.ts'
import { createMemory } from '../../../lab/simulation/shopper-memory.ts'

const startsAt = Date.UTC(2026, 0, 5)
const SEED = 5

/** Scores of the items of a search that came on screen, by method, and which of them were clicked. */
interface Searched {
  readonly shown: readonly number[]
  readonly lastTouched: readonly number[]
  readonly truth: readonly number[]
  readonly clicked: boolean[]
}

function* searchesOf(shop: Shop, shopper: Shopper): Generator<Searched> {
  const policy = createBehaviourPolicy(shop, { seed: SEED, epsilon: 0.25 })
  const memory = createMemory()
  const visits = new Random(SEED, 'visits', shopper.userId)
  let at = nextVisit(shopper, memory, startsAt, visits)
  for (let visit = 1; at < startsAt + 14 * DAY_MS; visit++) {
    const session = openSession({ shop, shopper, memory, seed: SEED, visit, at, ranksSearches: true })
    const steps = sessionSteps(shopper, session)
    let search: (Searched & { readonly itemIds: readonly string[]; visible: number }) | undefined
    let step = steps.next()
    while (!step.done) {
      if (step.value.kind === 'event') {
        const { event } = step.value
        const place = search && event.eventAttributes?.surface === 'search' ? search.itemIds.indexOf(event.itemId ?? '') : -1
        if (search && place >= 0 && event.eventType === 'impression') search.visible = Math.max(search.visible, place + 1)
        if (search && place >= 0 && event.eventType === 'click') search.clicked[place] = true
        policy.observe(event)
        step = steps.next()
        continue
      }
      if (search) yield onScreen(search, search.visible)
      const slate = policy.slate(step.value.request, session.at)
      const { itemIds } = slate
      search =
        step.value.request.surface === 'search' ? { ...scored(shop, shopper, session, itemIds), itemIds, visible: 0 } : undefined
      step = steps.next(slate)
    }
    if (search) yield onScreen(search, search.visible)
    at = nextVisit(shopper, memory, session.at, visits)
  }
}

function scored(shop: Shop, shopper: Shopper, session: Session, itemIds: readonly string[]): Searched {
  const chanceOf = (itemId: string, index: number) =>
    examination('search', index + 1, shopper.patience) * appeal(shopper, shop.truthOf(itemId)!, session)
  return {
    shown: itemIds.map((_, index) => -index),
    lastTouched: itemIds.map((itemId, index) => {
      const viewed = session.viewed.lastIndexOf(itemId)
      return viewed < 0 ? -index : viewed + 1
    }),
    truth: itemIds.map(chanceOf),
    clicked: itemIds.map(() => false),
  }
}

function onScreen({ shown, lastTouched, truth, clicked }: Searched, visible: number): Searched {
  const first = <T>(values: readonly T[]) => values.slice(0, visible)
  return { shown: first(shown), lastTouched: first(lastTouched), truth: first(truth), clicked: first(clicked) }
}

it('a simulated search log leaves room above the order by last touched, then as shown', () => {
  const shop = createShop({ seed: SEED, startsAt })
  const sums = { shown: 0, lastTouched: 0, truth: 0 }
  let lists = 0
  for (const shopper of createShoppers(shop, { seed: SEED, count: 500 }))
    for (const search of searchesOf(shop, shopper)) {
      const mrr = (scores: readonly number[]) => withinSlate(scores, search.clicked)?.[0]
      const truth = mrr(search.truth)
      if (truth === undefined) continue
      lists++
      sums.truth += truth
      sums.shown += mrr(search.shown)!
      sums.lastTouched += mrr(search.lastTouched)!
    }
  expect(lists).toBeGreaterThan(1000)
  expect((sums.lastTouched - sums.shown) / lists).toBeGreaterThan(0.002)
  expect((sums.truth - sums.lastTouched) / lists).toBeGreaterThan(0.08)
})
