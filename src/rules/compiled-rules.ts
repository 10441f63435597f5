import { type CompiledFilter, compileFilter } from './compiled-filter.ts'
import { attributesOf } from './item-filter.ts'
import type { Rules } from './rules.ts'

/** Rules compiled for one slate. */
export interface CompiledRules {
  readonly excluded: ReadonlySet<string>
  readonly filter: CompiledFilter | undefined
  readonly boosts: readonly { readonly filter: CompiledFilter; readonly factor: number }[]
  readonly pins: NonNullable<Rules['pin']>
  /** Maximum number of items per value, by attribute; the lower of two limits on one attribute. */
  readonly limitPer: ReadonlyMap<string, number>
  readonly diversity: number
  readonly excludesSeen: boolean
  readonly excludesPurchased: boolean
  /** Attributes that the rules name, each with its path in the rules. */
  readonly attributes: readonly { readonly name: string; readonly path: string }[]
}

/** Compiles the rules of one slate. @param usual diversity if the rules do not set it, 0 to 1 */
export function compileRules(rules: Rules, usual = 0): CompiledRules {
  const { exclude = [], filter, boost = [], pin = [], limitPer = [], diversity = usual } = rules
  const limits = new Map<string, number>()
  for (const { attribute, limit } of limitPer) limits.set(attribute, Math.min(limit, limits.get(attribute) ?? limit))
  return {
    excluded: new Set(exclude),
    filter: filter && compileFilter(filter),
    boosts: boost.map((one) => ({ filter: compileFilter(one.filter), factor: one.factor })),
    pins: pin,
    limitPer: limits,
    diversity,
    excludesSeen: rules.excludeSeen ?? false,
    excludesPurchased: rules.excludePurchased ?? false,
    attributes: [
      ...(filter ? attributesOf(filter, 'filter') : []),
      ...boost.flatMap((one, i) => [...attributesOf(one.filter, `boost.${i}.filter`)]),
      ...limitPer.map(({ attribute }, i) => ({ name: attribute, path: `limitPer.${i}.attribute` })),
    ],
  }
}
