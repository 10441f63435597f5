/** Names of the built-in domains. The setting `DOMAIN` and the key `extends` accept them. */
export const DOMAIN_NAMES = ['e-commerce', 'groceries', 'news', 'job-board', 'video', 'courses', 'games'] as const

export type DomainName = (typeof DOMAIN_NAMES)[number]

/** Tells whether a built-in domain has this name. */
export function isDomainName(name: string): name is DomainName {
  return DOMAIN_NAMES.some((known) => known === name)
}
