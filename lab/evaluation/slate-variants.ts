import type { Fading } from '../../src/domain/domain.ts'
import { DAY } from '../../src/time-units.ts'

/** A way to make a slate from given scores. */
export interface SlateVariant {
  readonly name: string
  /** λ of maximal marginal relevance. */
  readonly diversity: number
  readonly excludePurchased: boolean
  /**
   * True for slates as the service makes them on the surface home, with all defaults of the domain. Nothing else is left out, also
   * not the items of the session.
   */
  readonly asServed?: true
  /** True for slates that also have items of kinds on which the session has not acted, if no model ranks. */
  readonly mixesKinds?: true
  /** Fading of the scores of shown and ignored items. Scores do not fade if absent. */
  readonly fading?: Fading
  /** Role of the events that a log needs for this variant to differ from relevance alone. */
  readonly needs?: 'impression' | 'purchase'
}

/** Values of λ that are judged by default. */
export const DIVERSITIES: readonly number[] = [0.01, 0.02, 0.03, 0.05, 0.1, 0.2]

const BY_RELEVANCE = { diversity: 0, excludePurchased: false }

/**
 * Returns the variants to judge: relevance alone, each strength of diversity, then slates as served, and those that keep slates from
 * repeating items.
 */
export function slateVariants(diversities: readonly number[]): readonly SlateVariant[] {
  const faded = [0.9, 0.5].map((factor) => ({ factor, halfLife: DAY }))
  return [
    { name: 'relevance', ...BY_RELEVANCE },
    ...diversities.map((diversity) => ({ name: `diversity ${diversity}`, ...BY_RELEVANCE, diversity })),
    { name: 'excludePurchased', ...BY_RELEVANCE, excludePurchased: true, needs: 'purchase' },
    { name: 'kinds', ...BY_RELEVANCE, mixesKinds: true },
    { name: 'as served', ...BY_RELEVANCE, asServed: true },
    ...faded.map((fading) => ({ name: `fading ${fading.factor}`, ...BY_RELEVANCE, fading, needs: 'impression' as const })),
  ]
}
