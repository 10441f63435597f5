import { Option } from 'commander'
import { FEATURE_CHOICES } from '../learning/feature-choices.ts'

/** Defines the option `--features`. @param begin first words of its description */
export function featuresOption(begin: string): Option {
  return new Option(
    '--features <kind>',
    `${begin}. portable: those that mean the same in any shop, so no prices, no click rates and no counts that grow with traffic. any_domain: only those portable features that exist in every built-in domain (configuration for a kind of shop or site). The model then works with each domain. all: every feature. undeclared: all but those that come from attributes that the domain declares of users, requests and events`,
  )
    .choices(FEATURE_CHOICES)
    .default('portable')
}
