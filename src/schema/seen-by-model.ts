import type { Service } from '../service.ts'
import { type ScoreParts, scoreParts, seenOf } from '../slate/seen-vectors.ts'
import type { Recommendation, Slate } from '../slate/slate.ts'
import { featuresNamed } from './feature-names.ts'
import type { FeatureValueModel } from './feature-value.ts'

type Shown = Recommendation & { readonly slate: Pick<Slate, 'model' | 'vectors'> }

/**
 * What the model saw of an item: all of it, or those named that it uses.
 * @throws LiverankError BAD_USER_INPUT naming what no accumulator defines
 */
export function seenFeatures(
  { slate: { vectors }, position }: Shown,
  names: readonly string[] | null | undefined,
  { accumulators }: Service,
): FeatureValueModel[] | null {
  const values = vectors && seenOf(vectors, position)
  const asked = names ? featuresNamed(accumulators, undefined, names).map(({ name }) => name) : [...(values?.keys() ?? [])]
  if (!values) return null
  return asked.flatMap((name) => {
    const value = values.get(name)
    return value === undefined ? [] : [{ name, value: Number.isFinite(value) ? value : null, breakdown: null }]
  })
}

const memory = new WeakMap<Shown, ScoreParts>()

/** Found once for all fields of an item; undefined where the model cannot say. */
export function partsOf(shown: Shown, { models }: Service): ScoreParts | undefined {
  const { model, vectors } = shown.slate
  const explainer = model === undefined ? undefined : models.loaded(model)?.explainer
  if (!vectors || !explainer || 'unexplained' in explainer) return undefined
  const parts = memory.get(shown) ?? scoreParts(shown, vectors, explainer)
  if (parts) memory.set(shown, parts)
  return parts
}
