import type { CatalogueItem } from '../catalogue/catalogue.ts'
import { type CompiledFilter, compileFilter } from './compiled-filter.ts'
import { FilterBinder, type Surroundings, type Unmet } from './filter-binder.ts'
import { attributesOf, type ItemFilter } from './item-filter.ts'
import type { Rules } from './rules.ts'
import type { SeenRule } from './seen-rule.ts'

/** At most `limit` items of a slate have the same value of the attribute. */
export interface Limit {
  readonly attribute: string
  readonly limit: number
  /** Returns whether an item counts and is limited; absent: every item. */
  readonly selects?: (item: CatalogueItem) => boolean
}

/** All rules that apply to one slate, standing ones included, in the form in which they are tested. */
export interface CompiledRules {
  readonly excluded: ReadonlySet<string>
  readonly filter: CompiledFilter | undefined
  readonly boosts: readonly { readonly filter: CompiledFilter; readonly factor: number }[]
  readonly pins: NonNullable<Rules['pin']>
  readonly limitPer: readonly Limit[]
  readonly diversity: number
  readonly seen: readonly SeenRule[]
  /** Whether `seen` is what the domain does if no rule says otherwise. Pins are then stronger. */
  readonly isSeenUsual: boolean
  readonly excludesSeen: boolean
  readonly excludesPurchased: boolean
  /** Attributes that the rules name, each with its path in the rules. */
  readonly attributes: readonly { readonly name: string; readonly path: string }[]
  /** Comparisons of the filter that no item can meet. */
  readonly unmet: readonly Unmet[]
}

/** What applies to a slate if its rules do not set it. */
export interface UsualRules {
  /** Diversity, 0 to 1; 0 if absent. */
  readonly diversity?: number | undefined
  /** Items that are left out because the user acted on them; none if absent. */
  readonly seen?: readonly SeenRule[] | undefined
}

/**
 * Compiles the rules of one slate.
 * @param surroundings values of the user and of the items on screen
 */
export function compileRules(rules: Rules, surroundings: Surroundings, usual: UsualRules = {}): CompiledRules {
  const { exclude = [], filter, boost = [], pin = [], limitPer = [], diversity = usual.diversity ?? 0 } = rules
  const binder = new FilterBinder(surroundings)
  const compile = (one: ItemFilter) => compileFilter(binder.bind(one))
  return {
    excluded: new Set(exclude),
    filter: filter && compile(filter),
    boosts: boost.map((one) => ({ filter: compile(one.filter), factor: one.factor })),
    pins: pin,
    limitPer: limitPer.map(({ attribute, limit, filter: counted }) => ({
      ...{ attribute, limit },
      ...(counted && { selects: selects(compile(counted)) }),
    })),
    diversity,
    seen: rules.seen ?? usual.seen ?? [],
    isSeenUsual: rules.seen === undefined,
    excludesSeen: rules.excludeSeen ?? false,
    excludesPurchased: rules.excludePurchased ?? false,
    attributes: [
      ...(filter ? attributesOf(filter, 'filter') : []),
      ...boost.flatMap((one, i) => [...attributesOf(one.filter, `boost.${i}.filter`)]),
      ...limitPer.flatMap(({ attribute, filter: counted }, i) => [
        { name: attribute, path: `limitPer.${i}.attribute` },
        ...(counted ? attributesOf(counted, `limitPer.${i}.filter`) : []),
      ]),
    ],
    unmet: filter ? [...binder.unmet(filter, 'filter')] : [],
  }
}

/** Makes the test of a filter without features. */
function selects({ test }: CompiledFilter): (item: CatalogueItem) => boolean {
  return (item) => test(item, undefined) === true
}
