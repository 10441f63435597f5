import type { DomainName } from './built-in-domain-names.ts'
import { courses } from './courses.ts'
import type { Domain } from './domain.ts'
import { eCommerce } from './e-commerce.ts'
import { games } from './games.ts'
import { groceries } from './groceries.ts'
import { jobBoard } from './job-board.ts'
import { news } from './news.ts'
import { video } from './video.ts'

/** The domains that come with the package, by the name that the setting `DOMAIN` and the key `extends` accept. */
export const DOMAINS: Readonly<Record<DomainName, Domain>> = {
  'e-commerce': eCommerce,
  groceries,
  news,
  'job-board': jobBoard,
  video,
  courses,
  games,
}
