import { nodesOf } from '../../api/nodes-of.ts'
import type { FeatureCatalogueQuery } from '../../generated/console-features.ts'

type Definition = NonNullable<FeatureCatalogueQuery['accumulators']>[number]['features'][number]

/** A feature, with the models that read it. */
export interface CataloguedFeature extends Definition {
  readonly models: readonly string[]
}

/** Returns all features of the service, in the order of the accumulators. @param data absent until the first answer */
export function featuresOf(data: FeatureCatalogueQuery | undefined): CataloguedFeature[] {
  const models = nodesOf(data?.models)
  return (data?.accumulators ?? []).flatMap(({ features }) =>
    features.map((one) => ({
      ...one,
      models: models.filter((model) => model.features.includes(one.name)).map((model) => model.name),
    })),
  )
}
