import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { simulateLog } from './log.ts'
import { LogSummary } from './log-summary.ts'
import { createShop } from './shop.ts'
import { createShoppers } from './shopper.ts'

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

Made by Liverank's own simulator; nobody in it is real. The same command makes it again:

    liverank simulate --out DIR --seed ${seed} --items ${items} --shoppers ${shoppers} --days ${days} --start ${start}

## What is here

${summary.toMarkdown()}
- ${items.toLocaleString('en-US')} items in items.jsonl.gz, all of them, of which a fifth arrives in the course of the log: none is in an event before.
- ${shoppers.toLocaleString('en-US')} shoppers, some of whom never come.

## How it was made

Slates come from a plain policy inside the simulator (popular of late, like what was last viewed, a quarter of the places at random), not
from a recommendation service, so they have no recommendationId. Each item that came on screen is an \`impression\` with its \`surface\` and
\`position\`; those of one slate share the attribute \`slate\`. A click happens if the item is looked at, which depends on surface, position
and the shopper's patience alone, and appeals, which depends on the shopper's true tastes, the visit and the item alone: position is not
quality. A \`view\` is sent when the page has been read and tells where the shopper came from (\`origin\`) and how long it took
(\`dwellSeconds\`). Views from \`search\` and \`listing\` come from pages that the shop sorts itself and reports no impressions of.

## Checksums and terms

${Object.entries(checksums)
  .map(([name, checksum]) => `- ${name} sha256 ${checksum}`)
  .join('\n')}
- MIT, as the simulator.
`
}
