import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeJsonLines } from '../json-lines.ts'
import { LogSummary } from './log-summary.ts'
import { createShopWithShoppers, type ShopWithShoppersOptions } from './shop-with-shoppers.ts'
import { knownUsers } from './shopper.ts'
import { simulateLog } from './simulate-log.ts'
import type { SimulatedEvent } from './simulated-event.ts'

/** Options of a log in a data folder. */
export type DataFolderOptions = ShopWithShoppersOptions & {
  /** Whether search results are slates with impressions; false by default. */
  search?: boolean
  /** Whether the log has the impressions of slates; true by default. Many apps report none. */
  impressions?: boolean
}

const EVENTS = 'events.jsonl.gz'
const ITEMS = 'items.jsonl.gz'
const USERS = 'users.jsonl.gz'

/**
 * Writes a simulated log as a data folder: `events.jsonl.gz`, one EventInput a line in (timestamp, eventId) order,
 * `items.jsonl.gz`, one ItemInput a line, and a README with seed, parameters, counts and checksums. With planted tastes, it also
 * writes `users.jsonl.gz`, one UserInput a line. Makes the folder if need be and replaces those files. The same options give the
 * same bytes, with the same version of zlib.
 */
export async function writeDataFolder(directory: string, options: DataFolderOptions): Promise<LogSummary> {
  const { seed, days, startsAt, search = false, impressions = true } = options
  const { shop, shoppers } = createShopWithShoppers(options)
  const summary = new LogSummary()
  function* events(): Generator<SimulatedEvent, void, void> {
    for (const event of simulateLog(shop, { seed, shoppers, days, startsAt, search })) {
      if (!impressions && event.eventType === 'impression') continue
      summary.add(event)
      yield event
    }
  }
  await mkdir(directory, { recursive: true })
  await rm(join(directory, USERS), { force: true })
  await writeJsonLines(join(directory, ITEMS), shop.items)
  await writeJsonLines(join(directory, EVENTS), events())
  const users = knownUsers(shoppers)
  if (users.length > 0) await writeJsonLines(join(directory, USERS), users)
  const checksums = new Map<string, string>()
  for (const file of users.length > 0 ? [EVENTS, ITEMS, USERS] : [EVENTS, ITEMS])
    checksums.set(file, await sha256(join(directory, file)))
  await writeFile(join(directory, 'README.md'), readme(options, summary, checksums))
  return summary
}

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}

function readme(options: DataFolderOptions, summary: LogSummary, checksums: ReadonlyMap<string, string>) {
  const { seed, items, shoppers, days, startsAt, search = false, impressions = true, tastes = [], tasteStrength = 1 } = options
  const planted = tastes.length > 0 ? ` --tastes ${tastes.join(',')} --taste-strength ${tasteStrength}` : ''
  const extra = `${search ? ' --search' : ''}${impressions ? '' : ' --no-impressions'}${planted}`
  const start = new Date(startsAt).toISOString().slice(0, 10)
  return `# A simulated shop

Liverank's simulator made this log; nobody in it is real. The same command makes it again:

    liverank simulate --out DIR --seed ${seed} --items ${items} --shoppers ${shoppers} --days ${days} --start ${start}${extra}

## Content

${summary.toMarkdown()}
- ${items.toLocaleString('en-US')} items in items.jsonl.gz: all of them. A fifth arrives during the log; no event names an item before it arrives.
- ${shoppers.toLocaleString('en-US')} shoppers. Some never come.
${tastes.length > 0 ? `- The attributes of all shoppers are in users.jsonl.gz. What shoppers like depends on: ${tastes.join(', ')}.\n` : ''}
## Method

A plain policy inside the simulator makes the slates, not a recommendation service. So they have no recommendationId.
It shows recently popular items and items like the last viewed one. A quarter of the positions is random.

${impressions ? SHOWN : NOT_SHOWN}
A click happens if the shopper looks at the item and likes it:

- Looking depends only on surface, position and the shopper's patience.
- Liking depends only on the shopper's true tastes, the visit and the item. So position is not quality.

A \`view\` is sent once the page has been read. \`origin\` says where the shopper came from, and \`dwellSeconds\` how long reading took.
${impressions ? (search ? SEARCHED : NOT_SEARCHED) : ''}

## Checksums and terms

${[...checksums].map(([name, checksum]) => `- ${name} sha256 ${checksum}`).join('\n')}
- MIT, as the simulator.
`
}

const SHOWN =
  'Each item that came on screen is an `impression` with its `surface` and `position`. Impressions of one slate share the attribute `slate`.'

const NOT_SHOWN =
  'Shoppers saw slates, but the log has no impressions, like that of an app that does not report what came on screen. Clicks still name surface and position.'

const NOT_SEARCHED =
  'Views from `search` and `listing` come from pages that the shop sorts itself. These pages report no impressions.'

const SEARCHED = `The slates of the surface \`search\` are the first results of the shop's search engine, in its order. It knows the query and the
shelves, but not the shopper, and its scores have noise. Three in ten searches of a visit are for an item that the shopper viewed before.
Views from \`listing\` come from pages that the shop sorts itself. These pages report no impressions.`
