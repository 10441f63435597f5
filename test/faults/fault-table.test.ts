import { randomInt } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { redisAvailable } from '../support/redis-server.ts'
import { type Backend, type Clustered, type Embedded, type Standalone, startCluster, startStandalone } from './backend.ts'
import { ROWS, type Row } from './fault-rows.ts'
import { judge, type Verdict } from './oracle.ts'
import { formatTable } from './table.ts'
import { Trial } from './trial.ts'

/** How many seeds a row gets; with more than one, each with more load and all rounds. */
const SEEDS = Number(process.env.FAULT_SEEDS ?? 1)
/** Repeats the moments and the mixture of an earlier run, as far as real processes can be made to. */
const FIRST_SEED = Number(process.env.FAULT_SEED ?? randomInt(2 ** 31))
const FACTOR = SEEDS > 1 ? 3 : 0.3
const FAULTS = [...new Set(ROWS.map(({ fault }) => fault))]
/** How many broken promises a failure tells. */
const SHOWN = 10
const TRIAL_MS = 300_000 * Math.max(1, FACTOR)
/** Of a fault that a single Redis has and a cluster too, the short form tries one, by turns, but none that takes many processes. */
const TRIED = ROWS.filter(({ fault, backend, processes = 1 }) => {
  if (SEEDS > 1) return true
  if (processes > 1) return false
  if (backend === 'embedded') return true
  const turn = FAULTS.indexOf(fault) % 2 === 0 ? 'standalone' : 'cluster'
  return backend === turn || !ROWS.some((row) => row.fault === fault && row.backend === turn)
})

let standalone: Promise<Standalone> | undefined
let cluster: Promise<Clustered> | undefined
const embedded: Embedded = { kind: 'embedded' }
const verdicts = new Map<Row, Verdict[]>()

afterAll(async () => {
  if (verdicts.size > 0) console.info(formatTable(verdicts, FIRST_SEED))
  for (const started of [standalone, cluster]) await (await started)?.stop()
})

async function runOn<B extends Backend>(
  row: { durability: string; befall: (trial: Trial<B>) => ReturnType<Row['befall']> },
  backend: B,
  seed: number,
) {
  const durability = row.durability === 'replica' ? 'replica' : 'memory'
  const trial = new Trial({ backend, seed, factor: FACTOR, durability })
  const service = await row.befall(trial)
  return judge(trial, service)
}

async function run(row: Row, seed: number): Promise<Verdict> {
  switch (row.backend) {
    case 'standalone':
      standalone ??= startStandalone()
      return runOn(row, await standalone, seed)
    case 'cluster':
      cluster ??= startCluster()
      return runOn(row, await cluster, seed)
    case 'embedded':
      return runOn(row, embedded, seed)
  }
}

for (const row of TRIED) {
  const { fault, backend, durability } = row
  describe.skipIf(backend !== 'embedded' && !redisAvailable)(`${fault} (${backend}, ${durability})`, () => {
    it.each(Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i))(
      'keeps every promise: seed %i',
      async (seed) => {
        const verdict = await run(row, seed)
        verdicts.set(row, [...(verdicts.get(row) ?? []), verdict])
        expect(verdict.broken.slice(0, SHOWN)).toEqual([])
      },
      TRIAL_MS,
    )
  })
}
