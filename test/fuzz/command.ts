import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Option } from 'commander'
import { numberFrom } from '../../src/commands/option-parsers.ts'
import type { DefineCommand } from '../../src/commands/program.ts'
import { fuzz } from './fuzz.ts'

const STORES = { embedded: ['embedded'], redis: ['redis'], both: ['embedded', 'redis'] } as const

interface FuzzCommandOptions {
  readonly minutes: number
  readonly seed?: number
  readonly store: keyof typeof STORES
  readonly round: number
  readonly stall: number
  readonly findings?: string
}

/** `npm run fuzz`: it is no part of the package. */
export const fuzzCommand: DefineCommand = (program) => {
  program
    .command('fuzz')
    .description('Sends random operations to a service until the time is over. Exit code 1 when something was found.')
    .option('--minutes <n>', 'how long', numberFrom(0.1, 10_000), 10)
    .option('--seed <n>', 'seed of the operations (default: random)', numberFrom(0, 100_000))
    .addOption(new Option('--store <kind>', 'store of the service').choices(Object.keys(STORES)).default('both'))
    .option('--round <s>', 'seconds between two looks at the state', numberFrom(1, 3600), 60)
    .option('--stall <ms>', 'how long the service may not answer', numberFrom(100, 60_000), 2000)
    .option('--findings <file>', 'where findings are written')
    .action(run)
}

async function run(options: FuzzCommandOptions): Promise<void> {
  const seed = options.seed ?? Math.floor(Math.random() * 100_000)
  const stores = STORES[options.store]
  const findingsPath = options.findings ?? join(tmpdir(), `liverank-fuzz-findings-${seed}.jsonl`)
  let found = 0
  for (const store of stores) {
    console.info(`${store}, seed ${seed}`)
    const { findings } = await fuzz({
      store,
      seed,
      forMs: (options.minutes * 60_000) / stores.length,
      roundMs: options.round * 1000,
      stallMs: options.stall,
      findingsPath,
      tell: (line) => console.info(line),
    })
    found += findings.length
  }
  if (found === 0) return
  console.error(`${found} findings are in ${findingsPath}.`)
  process.exitCode = 1
}
