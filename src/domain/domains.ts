import type { Domain } from './domain.ts'
import { eCommerce } from './e-commerce.ts'
import { jobBoard } from './job-board.ts'
import { news } from './news.ts'

/** Domains that the setting DOMAIN names. A team's own takes its place here. */
export const DOMAINS = { 'e-commerce': eCommerce, news, 'job-board': jobBoard } as const satisfies Record<string, Domain>

export type DomainName = keyof typeof DOMAINS

export const DOMAIN_NAMES = Object.keys(DOMAINS) as DomainName[]
