import type { Service } from '../service.ts'
import type { ItemFeatureLoader } from './item-feature-loader.ts'

/** Context of resolvers; one per operation. */
export interface Context {
  readonly service: Service
  /** Reads the item features that the fields of one answer request, in one batch. */
  readonly itemFeatures: ItemFeatureLoader
  /** Default language of texts, if the operation names none; English if absent. */
  readonly language?: string | undefined
}
