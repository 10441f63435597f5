import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { LogSummary } from './log-summary.ts'
import { createShop } from './shop.ts'
import { createShoppers } from './shopper.ts'
import { simulateLog } from './simulate-log.ts'

export type DataFolderOptions = {
  seed: number
  items: number
  shoppers: number
  days: number
  /** Milliseconds since 1970. */
  startsAt: number
}

/**
 * Writes a simulated log as a data folder: `events.jsonl.gz`, one EventInput a line in (timestamp, eventId) order,
 * `items.jsonl.gz`, one ItemInput a line, and a README with seed, parameters, counts and checksums. Makes the folder if need be
 * and writes over those three files. The same options give the same bytes, with the same version of zlib.
 */
export async function writeDataFolder(directory: string, options: DataFolderOptions): Promise<LogSummary> {
  const { seed, days, startsAt } = options
  const shop = createShop({ seed, startsAt, items: options.items, days })
  const shoppers = createShoppers(shop, { seed, count: options.shoppers, days })
  const summary = new LogSummary()
  function* events(): Generator<string, void, void> {
    for (const event of simulateLog(shop, { seed, shoppers, days, startsAt })) {
      summary.add(event)
      yield JSON.stringify(event)
    }
  }
  await mkdir(directory, { recursive: true })
  const items = join(directory, 'items.jsonl.gz')
  const log = join(directory, 'events.jsonl.gz')
  await writeLines(
    items,
    shop.items.map((item) => JSON.stringify(item)),
  )
  await writeLines(log, events())
  const checksums = { 'events.jsonl.gz': await sha256(log), 'items.jsonl.gz': await sha256(items) }
  await writeFile(join(directory, 'README.md'), readme(options, summary, checksums))
  return summary
}

async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  await pipeline(Readable.from(blocks(lines)), createGzip(), createWriteStream(path))
}

/** Lines in pieces that are worth a call of the compressor. */
function* blocks(lines: Iterable<string>): Generator<string, void, void> {
  let block = ''
  for (const line of lines) {
    block += `${line}\n`
    if (block.length < 65_536) continue
    yield block
    block = ''
  }
  if (block !== '') yield block
}

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}

function readme(
  { seed, items, shoppers, days, startsAt }: DataFolderOptions,
  summary: LogSummary,
  checksums: Record<string, string>,
) {
  const start = new Date(startsAt).toISOString().slice(0, 10)
  return `# A simulated shop

Liverank's simulator made this log; nobody in it is real. The same command makes it again:

    liverank simulate --out DIR --seed ${seed} --items ${items} --shoppers ${shoppers} --days ${days} --start ${start}

## Content

${summary.toMarkdown()}
- ${items.toLocaleString('en-US')} items in items.jsonl.gz: all of them. A fifth arrives during the log; no event names an item before it arrives.
- ${shoppers.toLocaleString('en-US')} shoppers. Some never come.

## Method

A plain policy inside the simulator makes the slates, not a recommendation service. So they have no recommendationId.
It shows recently popular items and items like the last viewed one. A quarter of the positions is random.

Each item that came on screen is an \`impression\` with its \`surface\` and \`position\`. Impressions of one slate share the attribute \`slate\`.
A click happens if the shopper looks at the item and likes it:

- Looking depends only on surface, position and the shopper's patience.
- Liking depends only on the shopper's true tastes, the visit and the item. So position is not quality.

A \`view\` is sent once the page has been read. \`origin\` says where the shopper came from, and \`dwellSeconds\` how long reading took.
Views from \`search\` and \`listing\` come from pages that the shop sorts itself. These pages report no impressions.

## Checksums and terms

${Object.entries(checksums)
  .map(([name, checksum]) => `- ${name} sha256 ${checksum}`)
  .join('\n')}
- MIT, as the simulator.
`
}
