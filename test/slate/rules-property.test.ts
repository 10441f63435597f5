import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { SurfaceExploration } from '../../src/domain/experiment.ts'
import type { AttributeCondition, ItemFilter } from '../../src/rules/item-filter.ts'
import type { LimitRule, Rules } from '../../src/rules/rules.ts'
import type { Service } from '../../src/service/service.ts'
import type { Json, JsonObject } from '../../src/state/user-value.ts'
import { checkProperty } from '../support/check-property.ts'
import { exploring } from '../support/exploring.ts'
import { openOn } from '../support/service.ts'
import { REQUEST } from '../support/slate-request.ts'

const ITEMS = Array.from({ length: 24 }, (_, i) => `i${i}`)
const itemId = fc.constantFrom(...ITEMS, 'nobody')
const value = fc.constantFrom<(string | number | boolean)[]>('x', 'y', 'z', 1, 2, 3, true, false)
const attributeName = fc.constantFrom('brand', 'price', 'tags', 'unheard_of')
const bound = fc.constantFrom(0, 1, 2, 2.5, 3)

/** Variants of a few things: one of each in a slate, whatever the rules say. */
const group = fc.constantFrom('g1', 'g2', 'g3', 'g4', 'g5', 'g6')

const attributes = fc.record(
  {
    brand: fc.constantFrom('x', 'y', 'z'),
    price: fc.constantFrom(1, 2, 3),
    tags: fc.array(value, { maxLength: 3 }),
    item_group_id: group,
  },
  { requiredKeys: [] },
)

const bounds = { gt: bound, gte: bound, lt: bound, lte: bound, exists: fc.boolean() }
const relative = {
  equalsUser: fc.constantFrom('likes', 'age'),
  inUser: fc.subarray(['likes', 'age', 'nothing'], { minLength: 1 }),
  equalsAnchor: attributeName,
  withinShareOfAnchor: fc.constantFrom(0, 0.5, 10),
}
const condition = fc.record(
  { name: attributeName, eq: value, in: fc.array(value, { maxLength: 3 }), ...bounds, ...relative },
  { requiredKeys: ['name'] },
)
/** A comparison alone: of several at once, few items meet each. */
const comparison = fc.oneof(
  fc.record({ name: attributeName, equalsUser: relative.equalsUser }),
  fc.record({ name: attributeName, equalsAnchor: relative.equalsAnchor }),
  fc.record({ name: attributeName, withinShareOfAnchor: relative.withinShareOfAnchor }),
)
const feature = fc.record({ name: fc.constantFrom('item_views', 'pair_views'), ...bounds }, { requiredKeys: ['name'] })

const { filter } = fc.letrec<{ filter: ItemFilter }>((tie) => ({
  filter: fc.record(
    {
      attribute: condition,
      feature,
      and: fc.array(tie('filter'), { maxLength: 2 }),
      or: fc.array(tie('filter'), { maxLength: 2 }),
      not: tie('filter'),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
}))

const rulesArbitrary = (first: number): fc.Arbitrary<Rules> =>
  fc.record(
    {
      exclude: fc.array(itemId, { maxLength: 6 }),
      filter: fc.oneof({ depthSize: 'small' }, filter, fc.record({ attribute: fc.oneof(condition, comparison) })),
      boost: fc.array(fc.record({ filter, factor: fc.constantFrom(0, 0.5, 2, 1000) }), { maxLength: 2 }),
      pin: fc
        .uniqueArray(fc.record({ itemId, position: fc.integer({ min: 1, max: first }) }), {
          maxLength: 3,
          selector: ({ position }) => position,
        })
        .map((pins) => pins.filter((pin, i) => pins.findIndex((other) => other.itemId === pin.itemId) === i)),
      limitPer: fc.array(
        fc.record(
          {
            attribute: fc.constantFrom('brand', 'price', 'tags', 'unheard_of'),
            limit: fc.integer({ min: 1, max: 3 }),
            filter: fc.record({ attribute: comparison }),
          },
          { requiredKeys: ['attribute', 'limit'] },
        ),
        { maxLength: 2 },
      ),
      diversity: fc.constantFrom(0, 0.3, 1),
      excludeSeen: fc.boolean(),
      excludePurchased: fc.boolean(),
    },
    { requiredKeys: [] },
  )

const sceneOf = (longest: number, fewest: number) =>
  fc.integer({ min: 1, max: longest }).chain((first) =>
    fc.record({
      first: fc.constant(first),
      ruleSets: fc.array(rulesArbitrary(first), { minLength: 5, maxLength: 5 }),
      items: fc.array(fc.record({ attributes, available: fc.boolean() }), { minLength: fewest, maxLength: ITEMS.length }),
      anchorItemIds: fc.uniqueArray(itemId, { maxLength: 2 }),
      user: fc.record({ likes: fc.array(value, { maxLength: 3 }), age: value }, { requiredKeys: [], noNullPrototype: true }),
      // Actions of the user and of others: which item, and what. A basket holds ten items.
      actions: fc.array(fc.tuple(fc.nat(ITEMS.length - 1), fc.constantFrom('view', 'purchase'), fc.boolean()), { maxLength: 10 }),
    }),
  )

type Scenes = ReturnType<typeof sceneOf> extends fc.Arbitrary<infer T> ? T : never
type Scene = Omit<Scenes, 'ruleSets'> & { readonly rules: Rules }

/** What the words of docs/reference/rules.md say, as plainly as can be. */
class Oracle {
  readonly #scene: Scene
  constructor(scene: Scene) {
    this.#scene = scene
  }

  mayBeShown(id: string): boolean {
    const { rules, items, anchorItemIds } = this.#scene
    const item = items[ITEMS.indexOf(id)]
    if (!item?.available || rules.exclude?.includes(id) || anchorItemIds.includes(id)) return false
    if (this.#isVariantOfWhatIsAtHand(id)) return false
    if (rules.excludeSeen && this.#actions(id, true).length > 0) return false
    if (rules.excludePurchased && this.#actions(id, true).includes('purchase')) return false
    return this.holds(rules.filter ?? {}, id)
  }

  #isVariantOfWhatIsAtHand(id: string): boolean {
    const atHand = ITEMS.filter(
      (other) => this.#scene.anchorItemIds.includes(other) || this.#actions(other, true).includes('purchase'),
    )
    const group = this.#attributes(id).item_group_id
    return group !== undefined && !atHand.includes(id) && atHand.some((other) => this.#attributes(other).item_group_id === group)
  }

  /** Whether every limit is kept by these items. */
  withinLimits(ids: readonly string[]): boolean {
    const limits = [...(this.#scene.rules.limitPer ?? []), { attribute: 'item_group_id', limit: 1 }]
    return limits.every(({ attribute, limit, filter = {} }: LimitRule) => {
      const counted = ids.filter((id) => this.holds(filter, id))
      const values = counted.flatMap((id) => [...new Set(this.#values(id, attribute))])
      return values.every((one) => values.filter((other) => other === one).length <= limit)
    })
  }

  holds({ and = [], or, not, attribute, feature }: ItemFilter, id: string): boolean {
    return (
      and.every((inner) => this.holds(inner, id)) &&
      (!or || or.some((inner) => this.holds(inner, id))) &&
      (!not || !this.holds(not, id)) &&
      (!attribute || this.#attributeHolds(attribute, id)) &&
      (!feature || this.#inBounds(feature, this.#views(id, feature.name)))
    )
  }

  #attributeHolds(asked: NonNullable<ItemFilter['attribute']>, id: string): boolean {
    const held = (this.#attributes(id) as JsonObject)[asked.name]
    const { name: _, ...conditions } = asked
    if (held === undefined) return Object.entries(conditions).length === 1 && asked.exists === false
    if (asked.exists === false) return false
    const elements = this.#values(id, asked.name)
    if (asked.eq !== undefined && !elements.includes(asked.eq)) return false
    if (asked.in && !asked.in.some((one) => elements.includes(one))) return false
    if (!this.#relationHolds(asked, held, elements)) return false
    const isBounded = [asked.gt, asked.gte, asked.lt, asked.lte].some((one) => one !== undefined)
    return !isBounded || (typeof held === 'number' && this.#inBounds(asked, held))
  }

  #relationHolds(
    { name, equalsUser, inUser, equalsAnchor, withinShareOfAnchor: share }: AttributeCondition,
    held: Json,
    elements: unknown[],
  ): boolean {
    const user = this.#scene.user as JsonObject
    const sharesOne = (others: Json | undefined) => [others].flat().some((one) => elements.includes(one))
    const isNear = (other: Json | undefined) =>
      typeof held === 'number' && typeof other === 'number' && Math.abs(held - other) <= share! * Math.abs(other)
    const anchors = this.#scene.anchorItemIds.map((id) => this.#attributes(id) as JsonObject)
    return (
      (equalsUser === undefined || sharesOne(user[equalsUser])) &&
      (!inUser || inUser.some((one) => sharesOne(user[one]))) &&
      (equalsAnchor === undefined || anchors.some((anchor) => sharesOne(anchor[equalsAnchor]))) &&
      (share === undefined || anchors.some((anchor) => isNear(anchor[name])))
    )
  }

  #inBounds(asked: { gt?: number; gte?: number; lt?: number; lte?: number; exists?: boolean }, figure: number): boolean {
    const { gt = -1, gte = 0, lt = 99, lte = 99, exists = true } = asked
    return exists && figure > gt && figure >= gte && figure < lt && figure <= lte
  }

  #attributes(id: string): Scene['items'][number]['attributes'] {
    return this.#scene.items[ITEMS.indexOf(id)]?.attributes ?? {}
  }

  #values(id: string, name: string): unknown[] {
    const held = (this.#attributes(id) as JsonObject)[name]
    return held === undefined ? [] : [held].flat()
  }

  #actions(id: string, own: boolean): string[] {
    return this.#scene.actions.flatMap(([item, type, isOwn]) => (ITEMS[item] === id && isOwn === own ? [type] : []))
  }

  #views(id: string, name: string): number {
    const own = this.#actions(id, true).filter((type) => type === 'view').length
    return name === 'pair_views' ? own : own + this.#actions(id, false).filter((type) => type === 'view').length
  }
}

async function openScene({ items, actions, user }: Scenes, left: SurfaceExploration): Promise<Service> {
  const service = await openOn(undefined, { dataDir: null, domain: exploring(left), explores: true })
  await service.uploads.upsertItems(items.map((item, i) => ({ itemId: ITEMS[i], ...item })))
  await service.uploads.upsertUsers([{ userId: 'me', attributes: user }])
  const { ingest } = service
  await ingest.record(
    actions.map(([item, eventType, isOwn], i) => ({ userId: isOwn ? 'me' : `u${i}`, itemId: ITEMS[item], eventType })),
  )
  return service
}

it.each([
  ['a ranked slate', { position: 1, share: 0, randomised: 0 }, sceneOf(12, 3), 20],
  // Where more items are left than the slate shows.
  ['a slate with an exploration slot', { position: 1, share: 1, randomised: 0 }, sceneOf(4, 12), 20],
  ['a slate that is drawn', { position: 1, share: 0, randomised: 1 }, sceneOf(12, 3), 10],
])(
  '%s breaks no rule, and is not short while an item remains that all rules admit',
  async (_, left, scene, runs) => {
    let explored = 0
    await checkProperty(
      fc.asyncProperty(scene, async (given) => {
        const service = await openScene(given, left)
        for (const rules of given.ruleSets) explored += (await check(service, { ...given, rules })) ? 1 : 0
        await service.close()
      }),
      runs,
    )
    expect(explored > runs / 4).toBe(left.share === 1)
  },
  120_000,
)

/** @returns whether it shows an explored item */
async function check(service: Service, given: Scene): Promise<boolean> {
  const { first, rules, anchorItemIds } = given
  const { items, warnings } = await service.recommender.recommend({ ...REQUEST, first, rules, anchorItemIds }, 'INITIAL')
  const oracle = new Oracle(given)
  const shown = items.map(({ itemId }) => itemId)
  expect(new Set(shown).size).toBe(shown.length)
  expect(items.map(({ position }) => position)).toEqual(items.map((_, at) => at + 1))
  expect(shown.filter((id) => !oracle.mayBeShown(id))).toEqual([])
  expect(oracle.withinLimits(shown)).toBe(true)
  // Short only when nothing is left that would fit.
  expect(shown.length).toBeLessThanOrEqual(first)
  if (shown.length < first) {
    const left = ITEMS.filter((id) => !shown.includes(id) && oracle.mayBeShown(id))
    expect(left.filter((id) => oracle.withinLimits([...shown, id]))).toEqual([])
  }
  expect(warnings.some(({ code }) => code === 'TOO_FEW_ITEMS')).toBe(shown.length < first)
  // A pin stands where it is pinned, or a warning says why not.
  rules.pin?.forEach((pin, i) => {
    const isWarned = warnings.some(({ field }) => field?.startsWith(`pin.${i}.`))
    expect(isWarned).toBe(shown[pin.position - 1] !== pin.itemId)
  })
  return items.some(({ exploration }) => exploration)
}
