import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { choiceOption, numberOption, runCommand } from '../../src/commands/command-line.ts'
import { fuzz } from './fuzz.ts'

const STORES = { embedded: ['embedded'], redis: ['redis'], both: ['embedded', 'redis'] } as const

/** `npm run fuzz`: sends random operations to a service until the time is over; exit code 1 when something was found. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string' },
      store: { type: 'string', default: 'both' },
      round: { type: 'string', default: '60' },
      stall: { type: 'string', default: '2000' },
      findings: { type: 'string' },
    },
  })
  const seed = values.seed === undefined ? Math.floor(Math.random() * 100_000) : numberOption('seed', values.seed, 0, 100_000)
  const stores = STORES[choiceOption('store', values.store, ['embedded', 'redis', 'both'])]
  const findingsPath = values.findings ?? join(tmpdir(), `liverank-fuzz-findings-${seed}.jsonl`)
  let found = 0
  for (const store of stores) {
    console.info(`${store}, seed ${seed}`)
    const { findings } = await fuzz({
      store,
      seed,
      forMs: (numberOption('minutes', values.minutes, 0.1, 10_000) * 60_000) / stores.length,
      roundMs: numberOption('round', values.round, 1, 3600) * 1000,
      stallMs: numberOption('stall', values.stall, 100, 60_000),
      findingsPath,
      tell: (line) => console.info(line),
    })
    found += findings.length
  }
  if (found === 0) return
  console.error(`${found} findings are in ${findingsPath}.`)
  process.exitCode = 1
}

runCommand('fuzz', main)
