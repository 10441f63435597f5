import type { Fading } from '../../src/domain/domain.ts'
import { DAY } from '../../src/time-units.ts'

/** One way to make a slate of the very same scores. */
export interface SlateVariant {
  readonly name: string
  /** λ of maximal marginal relevance. */
  readonly diversity: number
  readonly excludePurchased: boolean
  /** How what was shown and ignored sinks; it does not if absent. */
  readonly fading?: Fading
  /** The role of events without which this changes nothing. */
  readonly needs?: 'impression' | 'purchase'
}

/** λ that are judged if no others are named. */
export const DIVERSITIES: readonly number[] = [0.01, 0.02, 0.03, 0.05, 0.1, 0.2]

const BY_RELEVANCE = { diversity: 0, excludePurchased: false }

/** Relevance alone, diversity in several strengths, then what keeps slates from repeating themselves. */
export function slateVariants(diversities: readonly number[]): readonly SlateVariant[] {
  const faded = [0.9, 0.5].map((factor) => ({ factor, halfLife: DAY }))
  return [
    { name: 'relevance', ...BY_RELEVANCE },
    ...diversities.map((diversity) => ({ name: `diversity ${diversity}`, ...BY_RELEVANCE, diversity })),
    { name: 'excludePurchased', ...BY_RELEVANCE, excludePurchased: true, needs: 'purchase' },
    ...faded.map((fading) => ({ name: `fading ${fading.factor}`, ...BY_RELEVANCE, fading, needs: 'impression' as const })),
  ]
}
