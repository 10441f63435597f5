import type { Service } from '../service.ts'
import type { ItemFeatureLoader } from './item-feature-loader.ts'

/** What resolvers have at hand. One per operation. */
export interface Context {
  readonly service: Service
  /** Reads the features of items that fields of one answer ask for, together. */
  readonly itemFeatures: ItemFeatureLoader
  /** Language of texts for people where an operation names none; English if absent. */
  readonly language?: string | undefined
}
