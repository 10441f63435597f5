import { z } from 'zod'
import { settings } from '../../src/service/config.ts'
import { page } from './markdown.ts'

const documented = z.object({ description: z.string(), range: z.string() })

/** The parts of the page. Each begins with the setting `first`, in the order of the schema. */
const GROUPS: readonly { readonly first: keyof typeof settings.shape; readonly title: string; readonly intro: string }[] = [
  {
    first: 'HOST',
    title: 'Addresses, start and stop',
    intro:
      '`/health` says whether the process is alive, and `/ready` whether a load balancer should send it requests ([status](status.md)). A *token* or a *key* is a text by which a caller shows who it is.',
  },
  {
    first: 'JWT_SECRET',
    title: 'Tokens',
    intro:
      'A *token* (JWT) is a signed text that is valid for a limited time. A *key* is a random text for one of your servers, from the command `liverank keys create`. [Authenticate clients](../guides/authenticate-clients.md) shows how to make both.',
  },
  {
    first: 'GRAPHIQL',
    title: 'Browsers and proxies',
    intro: 'These settings say which web pages, host names and proxies may lead to the service.',
  },
  {
    first: 'RATE_PER_USER',
    title: 'Limits on clients',
    intro:
      'The service refuses what exceeds these limits. `0` means no limit, where it is allowed. [Network](network.md#rates) explains the limits. A *device* is an app or web page of one user (role `device`). A *client* is any caller. The cost of an operation is measured in *points*: a slate (list of recommended items) of 20 items costs about 4,200, and an event 300 ([limits of an operation](errors.md#limits-of-an-operation)).',
  },
  {
    first: 'INTROSPECTION',
    title: 'Operations, answers and messages',
    intro: 'These settings are about GraphQL operations, answers and log messages.',
  },
  {
    first: 'REDIS_URL',
    title: 'Redis',
    intro:
      'The other settings in this list have an effect only with `REDIS_URL`. The *log* is the list of all that the service recorded, such as events. *Shared sums* are totals over all users, computed from the log, such as the clicks on an item.',
  },
  {
    first: 'DATA_DIR',
    title: 'Files',
    intro:
      'Without `REDIS_URL`, the service keeps its state in memory, with files on disk: the *embedded store*. Its log of events is the *journal*, and a *snapshot* is a copy of the whole state. A start reads the last snapshot and the journal after it. With `REDIS_URL`, only `ARCHIVE_DIR` of this list has an effect.',
  },
  {
    first: 'SLATE_MINUTES',
    title: 'Kept slates',
    intro:
      'The service keeps each slate for a while. An event can name it by its `recommendationId`, so that the service knows where the user saw the item.',
  },
  {
    first: 'DOMAIN',
    title: 'Domain, models and users',
    intro: 'These settings say how the service recommends, and whose events it records.',
  },
]

/** docs/reference/settings.md. @throws when a setting has no description or no range */
export function settingsPage(): string {
  const rows = Object.entries(settings.shape).map(([name, schema]) => {
    const { description, range } = documented.parse(schema.meta())
    return `- \`${name}${defaultOf(schema)}\` (${range}): ${description}`
  })
  const names = Object.keys(settings.shape)
  const starts = GROUPS.map(({ first }) => names.indexOf(first))
  const parts = GROUPS.flatMap(({ title, intro }, at) => [
    `## ${title}`,
    intro,
    rows.slice(starts[at], starts[at + 1]).join('\n'),
  ])
  return page(
    'src/service/config.ts',
    '# Settings',
    'Settings are environment variables. The service checks them when it starts. If some are wrong, it names them and exits with code 78.\n\nEach setting has its default after `=`, and its allowed values in parentheses. A setting without `=` is unset by default: the text after *Unset* says what the service then does. The [glossary](../concepts/glossary.md) explains the terms of this project.',
    ...parts,
    '[Memory, disk and Redis](operations.md) says how much memory and disk the service needs. [Durability](../concepts/durability.md) says which data can be lost with which settings.',
  )
}

/** The default as a shell writes it, such as `=4000`; empty without one. */
function defaultOf(schema: z.ZodType): string {
  const value = schema.parse(undefined)
  return value === undefined ? '' : `=${typeof value === 'boolean' ? Number(value) : String(value)}`
}
