import { z } from 'zod'
import { settings } from '../../src/config.ts'
import { page, table } from './markdown.ts'

const documented = z.object({ description: z.string(), range: z.string() })

/** The parts of the page. Each begins with the setting `first`, in the order of the schema. */
const GROUPS: readonly { readonly first: keyof typeof settings.shape; readonly title: string; readonly intro: string }[] = [
  {
    first: 'HOST',
    title: 'Addresses, start and stop',
    intro:
      'These settings say where the service listens, and how it stops. The address `/health` says whether the process is alive, and `/ready` whether a load balancer should send it requests ([status](status.md)). A *token* or a *key* is a text by which a caller shows who it is.',
  },
  {
    first: 'JWT_SECRET',
    title: 'Tokens',
    intro:
      'Callers show who they are by a token or a key. A *token* (JWT) is a signed text that is valid for a limited time. A *key* is a random text for one of your servers, which you create with the command `liverank keys create`. These settings say which tokens the service accepts. [Authenticate clients](../guides/authenticate-clients.md) shows how to make tokens and keys.',
  },
  {
    first: 'GRAPHIQL',
    title: 'Browsers and proxies',
    intro: 'These settings say which web pages may use the service, and by which names and proxies clients reach it.',
  },
  {
    first: 'RATE_PER_USER',
    title: 'Limits on clients',
    intro:
      'The service refuses what exceeds these limits. A *device* is a caller with the role `device` in its token: an app or web page of one user. A *client* is any caller, such as a device or a server of yours. A *slate* is a list of recommended items. The service measures the cost of an operation in *points*: a slate of 20 items costs about 4,200 points, and an event 300 ([limits of an operation](errors.md#limits-of-an-operation)).',
  },
  {
    first: 'INTROSPECTION',
    title: 'Operations, answers and messages',
    intro: 'These settings say which GraphQL operations the service runs, how it answers, and what it logs.',
  },
  {
    first: 'REDIS_URL',
    title: 'Redis',
    intro:
      'With `REDIS_URL`, the service keeps its state in Redis. The other settings in this table have an effect only with `REDIS_URL`. The *log* is the list of all that the service recorded, such as events. *Shared sums* are totals over all users, such as the clicks on an item. The service computes them from the log entries.',
  },
  {
    first: 'DATA_DIR',
    title: 'Files',
    intro:
      'Without `REDIS_URL`, the service keeps its state in memory, with files on disk. This is called the *embedded store*. Its log of events is the *journal*. A *snapshot* is a file with a copy of the whole state. When the service starts, it reads the last snapshot and the part of the journal after it. With `REDIS_URL`, only the setting `ARCHIVE_DIR` of this table has an effect.',
  },
  {
    first: 'SLATE_MINUTES',
    title: 'Kept slates',
    intro:
      'The service keeps each slate (list of recommended items) for a while. An event, such as a click, can name the slate by its `recommendationId`. The service then knows where the user saw the item.',
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
    return [`\`${name}\``, defaultOf(schema), description, range]
  })
  const names = Object.keys(settings.shape)
  const starts = GROUPS.map(({ first }) => names.indexOf(first))
  const parts = GROUPS.flatMap(({ title, intro }, at) => [
    `## ${title}`,
    intro,
    table(['setting', 'default', 'meaning', 'allowed values'], rows.slice(starts[at], starts[at + 1])),
  ])
  return page(
    'src/config.ts',
    '# Settings',
    'This page lists all settings of the service. Settings are environment variables. The service checks them when it starts. If some are wrong, the service names them and exits with code 78.\n\nOne row of a table is one setting. In the column *meaning*, *Unset* says what the service does if you do not set the variable. The [glossary](../concepts/glossary.md) explains the terms of this project.',
    ...parts,
    '[Memory, disk and Redis](operations.md) says how much memory and disk the service needs. [Durability](../concepts/durability.md) says which data can be lost with which settings.',
  )
}

function defaultOf(schema: z.ZodType): string {
  const value = schema.parse(undefined)
  if (value === undefined) return 'unset'
  return `\`${typeof value === 'boolean' ? Number(value) : String(value)}\``
}
