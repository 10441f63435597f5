import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Domain, seenOn } from '../../src/domain/domain.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import type { SeenRule } from '../../src/rules/seen-rule.ts'
import { DAY, HOUR, MINUTE } from '../../src/time-units.ts'
import { checkProperty } from '../support/check-property.ts'
import { bothStoresWhenLong } from '../support/each-store.ts'
import { exploring } from '../support/exploring.ts'
import { asker } from '../support/server.ts'
import { itemIds, RECOMMEND, slateOf } from '../support/slate-answer.ts'

const ITEMS = Array.from({ length: 20 }, (_, n) => `i${n}`)
const itemId = fc.constantFrom(...ITEMS)
const eventType = fc.constantFrom('view', 'click', 'purchase', 'add_to_cart', 'like', 'impression', 'a type of its own')
const minutes = fc.constantFrom(0, 0, 1, 20, 31, 300)

const seenRule: fc.Arbitrary<SeenRule> = fc.record(
  {
    types: fc.uniqueArray(eventType, { minLength: 1, maxLength: 3 }),
    within: fc.oneof(
      fc.constant({ session: true as const }),
      fc.record({ hours: fc.constantFrom(0.1, 1, 6) }),
      fc.record({ latestItems: fc.integer({ min: 1, max: 4 }) }),
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
)

const step = fc.record({
  events: fc.array(fc.tuple(eventType, itemId, minutes), { maxLength: 5 }),
  surface: fc.constantFrom('home', 'search', undefined),
  seen: fc.option(fc.array(seenRule, { maxLength: 3 }), { nil: undefined, freq: 3 }),
  pin: fc.uniqueArray(itemId, { maxLength: 2 }).map((ids) => ids.map((id, n) => ({ itemId: id, position: n + 1 }))),
  candidates: fc.option(fc.uniqueArray(itemId, { minLength: 5 }), { nil: undefined, freq: 3 }),
  goesOn: fc.boolean(),
  first: fc.integer({ min: 2, max: 12 }),
  waits: minutes,
})

const scene = fc.record({
  steps: fc.array(step, { minLength: 2, maxLength: 8 }),
  chance: fc.constantFrom({ share: 0, randomised: 0 }, { share: 1, randomised: 0 }, { share: 0, randomised: 1 }),
})

interface Past {
  readonly type: string
  readonly itemId: string
  readonly at: number
}

/** What the words of docs/reference/rules.md say, as plainly as can be. @param past the events, the oldest first */
function leftOut({ types, within }: SeenRule, past: readonly Past[], now: number): string[] {
  const looks = past.filter(({ type }) => type === 'view' || type === 'click')
  // Of an item that was viewed and clicked, the time of the latest of both is known.
  const timed = past.map((event) =>
    types && looks.includes(event) ? { ...event, at: looks.findLast(({ itemId }) => itemId === event.itemId)!.at } : event,
  )
  const counts = timed.filter(({ type }) => (types ? types.includes(type) : type !== 'impression')).sort((a, b) => b.at - a.at)
  if (!within) return counts.map((event) => event.itemId)
  if ('hours' in within) return counts.filter(({ at }) => at >= now - within.hours * HOUR).map((event) => event.itemId)
  if ('latestItems' in within) return [...new Set(counts.map((event) => event.itemId))].slice(0, within.latestItems)
  const last = past.at(-1)
  if (!last || now - last.at > 30 * MINUTE) return []
  const begins = past.findLastIndex(({ at }, n) => n === 0 || at - past[n - 1].at > 30 * MINUTE)
  return counts.filter(({ at }) => at >= past[begins].at).map((event) => event.itemId)
}

bothStoresWhenLong((open, store) => {
  const title = 'no slate has an item that the rule seen leaves out, and none is short while another item is left'
  it(title, async () => {
    const runs = store === 'embedded' ? 80 : 20
    let leftOutInAll = 0
    const property = fc.asyncProperty(scene, async ({ steps, chance }) => {
      const { seen: usual, surfaceSeen } = eCommerce
      const domain: Domain = { ...exploring({ position: 2, ...chance }), seen: usual!, surfaceSeen: surfaceSeen! }
      const service = await open({ domain, explores: true, dataDir: null })
      await service.uploads.upsertItems(ITEMS.map((id) => ({ itemId: id, attributes: {} })))
      service.clock.advance(DAY)
      const ask = asker(service)
      const past: Past[] = []
      let page: { id: string; items: string[] } | undefined
      for (const { events, surface, seen, pin, candidates, goesOn, first, waits } of steps) {
        for (const [type, id, wait] of events) {
          service.clock.advance(wait * MINUTE + 1)
          const at = service.clock.now()
          await service.ingest.record([{ userId: 'me', eventType: type, itemId: id, timestamp: at }])
          past.push({ type, itemId: id, at })
        }
        await service.store.settle()
        service.clock.advance(waits * MINUTE)
        const before = goesOn && waits === 0 && events.every(([, , wait]) => wait <= 1) ? page : undefined
        const given = candidates?.map((id) => ({ itemId: id }))
        const rules = { pin, ...(seen && { seen }) }
        const slate = slateOf(
          await ask(RECOMMEND, { input: { userId: 'me', first, surface, rules, candidates: given, afterSlate: before?.id } }),
        )
        const shown = itemIds(slate)
        const inForce = seen ?? (given ? [] : seenOn(domain, surface))
        const out = new Set(inForce.flatMap((rule) => leftOut(rule, past, service.clock.now())))
        if (!seen) for (const pinned of pin) out.delete(pinned.itemId)
        leftOutInAll += out.size
        expect(shown.filter((id) => out.has(id))).toEqual([])
        const left = (candidates ?? ITEMS).filter((id) => !out.has(id) && !before?.items.includes(id))
        expect(shown).toHaveLength(Math.min(first, left.length))
        const wanted = candidates ? Math.min(first, candidates.length) : first
        expect(slate.warnings.some(({ code }) => code === 'TOO_FEW_ITEMS')).toBe(shown.length < wanted)
        page = { id: slate.recommendationId, items: [...(before?.items ?? []), ...shown] }
      }
      await service.close()
    })
    await checkProperty(property, runs)
    expect(leftOutInAll).toBeGreaterThan(runs)
  })
})
