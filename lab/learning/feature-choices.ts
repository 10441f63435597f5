/**
 * What a model is trained on: what means the same in a shop that it has never seen; of that, what every domain that ships has; or
 * everything.
 */
export const FEATURE_CHOICES = ['portable', 'any_domain', 'all'] as const
export type FeatureChoice = (typeof FEATURE_CHOICES)[number]
