import { nodesOf } from '../../api/nodes-of.ts'
import type { FeatureDriftQuery } from '../../generated/console-features.ts'

type Model = NonNullable<FeatureDriftQuery['models']>['edges'][number]['node']
/** Shares of the values of a feature in training and lately. */
export type Drift = NonNullable<Model['drift']>['features'][number]

/** What is known about the drift of a feature in one model. */
export interface ModelDrift {
  readonly model: string
  /** Slates that were counted; undefined if the model does not say how its features were distributed in training. */
  readonly slates: number | undefined
  /** Undefined also if the training did not know the feature, such as the position. */
  readonly drift: Drift | undefined
}

/** Returns the drift of a feature in each active model that reads it. @param data absent until the first answer */
export function driftsOf(data: FeatureDriftQuery | undefined, feature: string): ModelDrift[] {
  const ranking = nodesOf(data?.models).filter(({ status, features }) => status === 'ACTIVE' && features.includes(feature))
  return ranking.map(({ name, drift }) => ({
    model: name,
    slates: drift?.slates,
    drift: drift?.features.find((one) => one.feature === feature),
  }))
}

/** Returns the largest index of each feature over all models; a feature whose drift is not known is absent. */
export function largestDrifts(data: FeatureDriftQuery | undefined): ReadonlyMap<string, number> {
  const largest = new Map<string, number>()
  for (const { feature, psi } of nodesOf(data?.models).flatMap(({ drift }) => drift?.features ?? []))
    if (psi !== null) largest.set(feature, Math.max(psi, largest.get(feature) ?? 0))
  return largest
}
