import type { Feature, FeatureShare } from '../accumulators/accumulator.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import { valueOrMissing } from '../accumulators/feature-matrix.ts'
import { builder } from './builder.ts'

export interface FeatureValueModel {
  readonly name: string
  readonly value: number | null
  readonly breakdown: readonly FeatureShare[] | null
}

/** Values of the features for one row; null where they are missing. */
export function featureValues(features: readonly Feature[], input: FeatureInput, row: number): FeatureValueModel[] {
  return features.map(({ name, column, breakdown }) => ({
    name,
    value: column ? present(valueOrMissing(column(input)(row))) : null,
    breakdown: breakdown ? breakdown(input) : null,
  }))
}

/** Of something unknown: nothing to go on yet. */
export function missingValues(features: readonly Feature[]): FeatureValueModel[] {
  return features.map(({ name, breakdown }) => ({ name, value: null, breakdown: breakdown ? [] : null }))
}

function present(value: number): number | null {
  return Number.isNaN(value) ? null : value
}

const FeatureShareType = builder.objectRef<FeatureShare>('FeatureShare').implement({
  fields: (t) => ({ key: t.exposeString('key'), value: t.exposeFloat('value') }),
})

export const FeatureValue = builder.objectRef<FeatureValueModel>('FeatureValue').implement({
  description: 'A name that no accumulator defines is refused with BAD_USER_INPUT, so null always means: nothing to go on yet.',
  fields: (t) => ({
    name: t.exposeString('name'),
    value: t.exposeFloat('value', { nullable: true, description: 'Null where missing, and for a feature that is a breakdown.' }),
    breakdown: t.field({
      type: [FeatureShareType],
      // Few features have one: on average less than an entry each.
      complexity: { field: 1, multiplier: 1 },
      nullable: { list: true, items: false },
      description: 'Of a feature kept per attribute value, such as user_category_share: largest first. Null for all others.',
      resolve: ({ breakdown }) => breakdown,
    }),
  }),
})
