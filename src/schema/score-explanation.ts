import type { NamedValue } from '../analysis/feature-values.ts'
import type { Service } from '../service/service.ts'
import {
  type FeatureContribution as FeatureContributionModel,
  type ScoreParts,
  scoreParts,
  seenOf,
} from '../slate/seen-vectors.ts'
import type { Recommendation, Slate } from '../slate/slate.ts'
import { inOwnTurn } from '../turns.ts'
import { builder } from './builder.ts'
import { featuresNamed } from './feature-names.ts'

type Shown = Recommendation & { readonly slate: Pick<Slate, 'model' | 'vectors'> }

/**
 * Returns the features that the model saw of an item: all, or the named ones that the model uses.
 * @throws LiverankError BAD_USER_INPUT naming a feature that no accumulator has
 */
export function seenFeatures(
  { slate: { vectors }, position }: Shown,
  names: readonly string[] | null | undefined,
  { accumulators }: Service,
): NamedValue[] | null {
  const values = vectors && seenOf(vectors, position)
  const asked = names ? featuresNamed(accumulators, undefined, names).map(({ name }) => name) : [...(values?.keys() ?? [])]
  if (!values) return null
  return asked.flatMap((name) => {
    const value = values.get(name)
    return value === undefined ? [] : [{ name, value: Number.isFinite(value) ? value : null, breakdown: null }]
  })
}

/** Most items of a slate that are explained, from the top. */
const MOST_EXPLAINED = 20

const memory = new WeakMap<Shown, Promise<ScoreParts | undefined>>()

/**
 * Splits the score of an item into parts; computed once for all fields that need it.
 * @returns undefined after the first 20 items, for an item that no model ranked, and if the model cannot explain scores
 */
export async function partsOf(shown: Shown, { models }: Service): Promise<ScoreParts | undefined> {
  const { model, vectors } = shown.slate
  const explainer = model === undefined ? undefined : models.loaded(model)?.explainer
  if (!vectors || !explainer || 'unexplained' in explainer || shown.position > MOST_EXPLAINED) return undefined
  const parts = memory.get(shown) ?? inOwnTurn(() => scoreParts(shown, vectors, explainer))
  memory.set(shown, parts)
  return parts
}

export const FeatureContribution = builder.objectRef<FeatureContributionModel>('FeatureContribution').implement({
  description: 'What one feature added to the score of an item.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the feature.' }),
    value: t.float({
      nullable: true,
      description: 'The value of the feature that the model read. Null if the value was missing.',
      resolve: ({ value }) => (Number.isFinite(value) ? value : null),
    }),
    contribution: t.exposeFloat('contribution', {
      description: 'What the feature added to the `score` of the `Recommendation`. Negative if the feature lowered the score.',
    }),
  }),
})
