import { describe, expect, it } from 'vitest'
import { ALL_GUARDS, type Guards } from './script-models.ts'
import { simulate } from './simulation.ts'

/** One seed, told in full; otherwise as many as are asked for, from the first one on. */
const SEED = process.env.SEED === undefined ? undefined : Number(process.env.SEED)
const SEEDS = Number(process.env.SEEDS ?? 30)
const FIRST_SEED = Number(process.env.FIRST_SEED ?? 0)
const SEEDS_FOR_A_GUARD = 2000
/** Of a guard, where a search from 0 finds it late, what it found last: tried first. */
const FOUND: Readonly<Record<string, number>> = { nonce: 56, replica: 153, erasure: 11 }
const HOUR_MS = 3_600_000

interface Search {
  /** Runs that were made. */
  readonly runs: number
  readonly events: number
  /** The first seed that fails, with why. */
  readonly counterExample: { readonly seed: number; readonly failure: Error } | undefined
}

async function search(first: number, seeds: number, guards: Guards): Promise<Search> {
  let events = 0
  for (let seed = first; seed < first + seeds; seed++) {
    const run = await simulate(seed, { guards })
    events += run.events
    if (run.failure) return { runs: seed + 1 - first, events, counterExample: { seed, failure: run.failure } }
  }
  return { runs: seeds, events, counterExample: undefined }
}

if (SEED === undefined) {
  describe('services, workers and clients, whatever happens to them and to Redis', () => {
    it(`lose nothing that they acknowledged, and count everything once: ${SEEDS} seeds`, { timeout: 6 * HOUR_MS }, async () => {
      const started = performance.now()
      const { runs, events, counterExample } = await search(FIRST_SEED, SEEDS, ALL_GUARDS)
      const seconds = (performance.now() - started) / 1000
      console.info(`${runs} seeds, ${events} events, ${(runs / seconds).toFixed(1)} seeds per second`)
      if (counterExample) {
        const { seed, failure } = counterExample
        const replay = `SEED=${seed} npx vitest run test/deterministic/simulation.test.ts`
        throw new Error(`Seed ${seed}: ${failure.message}\nTo see it again, told in full: ${replay}`, { cause: failure })
      }
    })

    it('do the same again when the seed is the same', async () => {
      for (let seed = 0; seed < 5; seed++) {
        const [first, second] = [await simulate(seed), await simulate(seed)]
        expect(second).toEqual(first)
        expect((await simulate(seed + 1)).trace).not.toBe(first.trace)
      }
    })

    it.each(Object.keys(ALL_GUARDS))(
      `fail for one of ${SEEDS_FOR_A_GUARD} seeds if Redis lacks the %s`,
      { timeout: HOUR_MS },
      async (guard) => {
        const guards = { ...ALL_GUARDS, [guard]: false }
        const known = guard in FOUND ? await search(FOUND[guard], 1, guards) : undefined
        const { counterExample } = known?.counterExample ? known : await search(0, SEEDS_FOR_A_GUARD, guards)
        console.info(`without ${guard}: seed ${counterExample?.seed}: ${counterExample?.failure.message}`)
        expect(counterExample).toBeDefined()
      },
    )
  })
} else {
  it(`seed ${SEED} keeps every promise`, { timeout: HOUR_MS }, async () => {
    const story: string[] = []
    const run = await simulate(SEED, { narrate: (line) => story.push(line) })
    console.info(story.join('\n'))
    console.info(`trace ${run.trace}, ${run.events} events, ${run.steps} steps`)
    if (run.failure) throw run.failure
  })
}
