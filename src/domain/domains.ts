import { courses } from './courses.ts'
import type { Domain } from './domain.ts'
import { eCommerce } from './e-commerce.ts'
import { games } from './games.ts'
import { jobBoard } from './job-board.ts'
import { news } from './news.ts'
import { video } from './video.ts'

/** Domains that the setting DOMAIN names. A team's own takes its place here. */
export const DOMAINS = {
  'e-commerce': eCommerce,
  news,
  'job-board': jobBoard,
  video,
  courses,
  games,
} as const satisfies Record<string, Domain>

export type DomainName = keyof typeof DOMAINS

export const DOMAIN_NAMES = Object.keys(DOMAINS) as DomainName[]
