import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import { basketOf } from '../accumulators/item-to-item.ts'
import { purchased, recentlySeen } from '../accumulators/user-item.ts'
import type { Catalogue, CatalogueItem } from '../catalogue/catalogue.ts'
import { unknownName } from '../domain/nearest-name.ts'
import { valuesOf } from '../rules/attribute-values.ts'
import type { CompiledRules } from '../rules/compiled-rules.ts'
import type { Unmet } from '../rules/filter-binder.ts'
import { figuresOf } from '../rules/matching-items.ts'
import { type SeenBy, seenItems } from '../rules/seen-rule.ts'
import type { Json } from '../state/user-value.ts'
import { LimitPer, oneOfEach } from './limit-per.ts'
import type { SlateWarning } from './slate.ts'

/** Variant groups of items of which a slate shows no other variant, such as the items on screen. */
class OtherVariants {
  readonly #attribute: string
  readonly #groups = new Set<Json>()
  readonly #itemIds: ReadonlySet<string>

  /** @param attribute item attribute whose value the variants of one product share */
  constructor(catalogue: Catalogue, attribute: string, itemIds: Iterable<string>) {
    this.#attribute = attribute
    this.#itemIds = new Set(itemIds)
    for (const itemId of this.#itemIds) {
      const item = catalogue.get(itemId)
      if (item) for (const group of valuesOf(item.attributes, attribute)) this.#groups.add(group)
    }
  }

  /** Returns whether an item is a variant of one of these items. False for these items themselves. */
  has(item: CatalogueItem): boolean {
    if (this.#groups.size === 0 || this.#itemIds.has(item.itemId)) return false
    for (const group of valuesOf(item.attributes, this.#attribute)) if (this.#groups.has(group)) return true
    return false
  }
}

/** The user and the screen that rules compare items with. */
export interface RuledUser extends SeenBy {
  /** The items on screen. */
  readonly anchorItemIds: readonly string[]
  /** Items of earlier slates of the same feed. */
  readonly earlierItemIds: readonly string[]
  readonly dismissed: ReadonlySet<string>
  /** Name of the variant attribute: a slate has at most one item per value. undefined for no such limit. */
  readonly variantGroup: string | undefined
  /** Whether slates may show variants of the item on screen or of basket items. */
  readonly showsOwnVariants: boolean
}

/** Items that are kept out because of the user or the screen, beside those that the rules name. */
interface KeptOut {
  readonly excluded: ReadonlySet<string>
  readonly earlier: ReadonlySet<string>
  /** Variants of items that are at hand, or that earlier slates showed. */
  readonly variants: readonly OtherVariants[]
}

function keptOut(rules: CompiledRules, catalogue: Catalogue, ruledUser: RuledUser): KeptOut {
  const { user, now, knownFor, anchorItemIds, earlierItemIds, dismissed, variantGroup, showsOwnVariants } = ruledUser
  const earlier = new Set(earlierItemIds)
  const excluded = new Set(rules.seen.flatMap((rule) => seenItems(rule, ruledUser)))
  // Somebody asked for the pin, and nobody for what the domain usually does.
  if (rules.isSeenUsual) for (const { itemId } of rules.pins) excluded.delete(itemId)
  for (const itemId of [...anchorItemIds, ...earlier, ...dismissed]) excluded.add(itemId)
  if (rules.excludesSeen) for (const { itemId } of recentlySeen(user, now, knownFor)) excluded.add(itemId)
  if (rules.excludesPurchased) for (const itemId of purchased(user, now, knownFor)) excluded.add(itemId)
  if (variantGroup === undefined) return { excluded, earlier, variants: [] }
  const atHand = showsOwnVariants ? [] : [...basketOf(user, now), ...anchorItemIds]
  const variants = [atHand, earlierItemIds].map((itemIds) => new OtherVariants(catalogue, variantGroup, itemIds))
  return { excluded, earlier, variants }
}

/** Does not name the attribute: a device may not read attributes of its user. */
function missingValue({ of }: Unmet): string {
  const lacks = of === 'user' ? 'The user has no value' : 'No item on screen has a value'
  return `${lacks} with which the filter can compare items. So the filter selects no item.`
}

/** Rules of one slate, for one user at one moment. Its `limitPer` counts the items placed so far. */
export class SlateRules {
  readonly rules: CompiledRules
  readonly limitPer: LimitPer
  readonly #catalogue: Catalogue
  readonly #ruledUser: RuledUser
  readonly #keptOut: KeptOut

  constructor(rules: CompiledRules, catalogue: Catalogue, ruledUser: RuledUser, out = keptOut(rules, catalogue, ruledUser)) {
    const { variantGroup } = ruledUser
    this.rules = rules
    this.limitPer = new LimitPer([...rules.limitPer, ...oneOfEach(variantGroup)])
    this.#catalogue = catalogue
    this.#ruledUser = ruledUser
    this.#keptOut = out
  }

  /** Returns the same rules for another arrangement, with no item placed. */
  anew(): SlateRules {
    return new SlateRules(this.rules, this.#catalogue, this.#ruledUser, this.#keptOut)
  }

  /**
   * Returns whether an item may be shown, as far as attributes decide. The item must be available, not excluded, and meet the
   * filter. It must not be a variant of the item on screen, of a basket item, or of an item of an earlier slate.
   */
  admits(item: CatalogueItem | undefined): item is CatalogueItem {
    const { excluded, variants } = this.#keptOut
    if (!item?.available || excluded.has(item.itemId) || this.rules.excluded.has(item.itemId)) return false
    for (const of of variants) if (of.has(item)) return false
    return this.rules.filter?.test(item, undefined) !== false
  }

  admitsId(itemId: string): boolean {
    return this.admits(this.#catalogue.get(itemId))
  }

  /** The items on screen. */
  get anchorItemIds(): readonly string[] {
    return this.#ruledUser.anchorItemIds
  }

  /** Counts an item in `limitPer`, and returns true, if `limitPer` admits it beside the items counted so far. */
  place(itemId: string): boolean {
    const item = this.#catalogue.get(itemId)
    return item !== undefined && this.limitPer.take(item)
  }

  /** Returns whether `limitPer` admits an item beside the items counted so far. */
  fits(itemId: string): boolean {
    const item = this.#catalogue.get(itemId)
    return item !== undefined && this.limitPer.fits(item)
  }

  /** Returns the test of whether a row meets the filter. */
  passes(input: FeatureInput, accumulators: AccumulatorSet): (row: number) => boolean {
    const { filter } = this.rules
    const figures = filter && filter.features.length > 0 ? figuresOf(filter, accumulators, input) : undefined
    return (row) => {
      const item = this.#catalogue.numbered(input.numbers[row])
      return this.admits(item) && (!filter || !figures || filter.test(item, figures(row)) === true)
    }
  }

  /**
   * Multiplies each score by the factors of all boosts whose filters match its item.
   * @param scores scores of the candidates, one for each row of the input
   * @returns new scores; the same object if there are no boosts
   */
  boosted(scores: ArrayLike<number>, input: FeatureInput, accumulators: AccumulatorSet): ArrayLike<number> {
    const { boosts } = this.rules
    if (boosts.length === 0) return scores
    const boosted = Float64Array.from(scores)
    for (const { filter, factor } of boosts) {
      const figures = figuresOf(filter, accumulators, input)
      for (let row = 0; row < boosted.length; row++) {
        const item = this.#catalogue.numbered(input.numbers[row])
        if (item && filter.test(item, figures(row))) boosted[row] *= factor
      }
    }
    return boosted
  }

  /**
   * Returns the rows of the pins that can be met, by position, and counts them in `limitPer`. A pin that an earlier slate has met
   * is over.
   * @param passes whether a row meets the filter
   * @param warn receives a warning for each pin that cannot be met
   */
  pinnedRows(first: number, input: FeatureInput, passes: (row: number) => boolean, warn: (warning: SlateWarning) => void) {
    const rows = new Map<number, number>()
    this.rules.pins.forEach(({ itemId, position }, i) => {
      if (this.#keptOut.earlier.has(itemId)) return
      const row = input.itemIds.indexOf(itemId)
      const item = this.#catalogue.get(itemId)
      if (position > first) {
        const message = `${itemId} is pinned to position ${position}, but the slate has only ${first} items.`
        warn({ code: 'PIN_CONFLICT', message, field: `pin.${i}.position` })
      } else if (row < 0 || !item || !passes(row)) {
        const or = input.given
          ? 'other rules exclude it, or it is not among the candidates of the request'
          : 'or other rules exclude it'
        const message = `${itemId} cannot be shown: it is not available, ${or}.`
        warn({ code: 'PIN_UNAVAILABLE', message, field: `pin.${i}.itemId` })
      } else if (!this.limitPer.take(item)) {
        const message = `${itemId} cannot be shown together with the items that are pinned before it, because a limit or the variant group forbids this.`
        warn({ code: 'PIN_CONFLICT', message, field: `pin.${i}.itemId` })
      } else rows.set(position, row)
    })
    return rows
  }

  /**
   * Returns warnings about names of attributes, features or event types that are unknown here, and about comparisons with missing
   * values.
   */
  unusable(accumulators: AccumulatorSet): SlateWarning[] {
    const { attributes, filter, boosts, unmet } = this.rules
    const unheard = attributes.filter(({ name }) => !this.#catalogue.hasAttribute(name))
    const features = [filter, ...boosts.map((one) => one.filter)].flatMap((one) => one?.features ?? [])
    const lost = [...new Set(features)].filter((name) => !accumulators.features.has(name))
    return [
      ...unheard.map(({ name, path }) => ({
        code: 'UNKNOWN_ATTRIBUTE' as const,
        message: `No item has an attribute ${name}.`,
        field: path,
      })),
      ...lost.map((name) => ({
        code: 'UNKNOWN_FEATURE' as const,
        message: `No accumulator defines a feature ${name} any more.`,
      })),
      ...unmet.map((missing) => ({ code: 'NOTHING_TO_COMPARE' as const, message: missingValue(missing), field: missing.path })),
      ...this.#undeclaredTypes(),
    ]
  }

  #undeclaredTypes(): SlateWarning[] {
    // Those of the domain were checked at the start.
    if (this.rules.isSeenUsual) return []
    const { eventTypes } = this.#ruledUser
    const declared = Object.keys(eventTypes)
    return this.rules.seen.flatMap(({ types = [] }, i) =>
      types.flatMap((type, n) => {
        if (Object.hasOwn(eventTypes, type)) return []
        const message = `The domain declares no event type ${type}${unknownName(type, declared)}`
        return { code: 'UNKNOWN_EVENT_TYPE' as const, message, field: `seen.${i}.types.${n}` }
      }),
    )
  }
}
