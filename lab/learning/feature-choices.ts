/**
 * Choices of features for training. `portable`: features that mean the same in a shop that the model has never seen.
 * `any_domain`: those of the portable features that every built-in domain has. `all`: every feature of the domain. `undeclared`: all
 * but those that come from attributes which the domain declares of users, requests and events.
 */
export const FEATURE_CHOICES = ['portable', 'any_domain', 'all', 'undeclared'] as const
export type FeatureChoice = (typeof FEATURE_CHOICES)[number]
