import { Option } from 'commander'
import { FEATURE_CHOICES } from '../learning/feature-choices.ts'

/** Defines the option `--features`. @param begin first words of its description */
export function featuresOption(begin: string): Option {
  return new Option(
    '--features <kind>',
    `${begin}. portable: those that mean the same in any shop, so no prices, click rates and counts that grow with traffic. any_domain: the portable features of every built-in domain, so that the model works with each. all: every feature. undeclared: all but those from declared attributes of users, requests and events`,
  )
    .choices(FEATURE_CHOICES)
    .default('portable')
}
