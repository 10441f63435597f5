import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Lives } from '../../src/state/embedded/lives.ts'
import { mount } from './simulated-fs.ts'
import { simulate } from './simulation.ts'

vi.mock('node:fs', async (original) => ({ ...(await original<object>()), ...(await import('./simulated-fs.ts')).fs }))
vi.mock('node:fs/promises', async (original) => ({
  ...(await original<object>()),
  ...(await import('./simulated-fs.ts')).promises,
}))
vi.mock('node:zlib', async (original) => {
  const actual = await original<typeof import('node:zlib')>()
  return { ...actual, ...(await import('./simulated-fs.ts')).zlibIn(actual) }
})

/** One seed, told in full; otherwise as many as are asked for, from the first one on. */
const SEED = process.env.SEED === undefined ? undefined : Number(process.env.SEED)
const SEEDS = Number(process.env.SEEDS ?? 15)
const FIRST_SEED = Number(process.env.FIRST_SEED ?? 0)
const HOUR_MS = 3_600_000

if (SEED === undefined) {
  describe('an embedded store, whatever happens to it and its disk', () => {
    it(`loses nothing that it acknowledged, counts everything once, and forgets erased users: ${SEEDS} seeds`, {
      timeout: 6 * HOUR_MS,
    }, async () => {
      const started = performance.now()
      let events = 0
      for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
        const run = await simulate(seed, mount)
        events += run.events
        if (!run.failure) continue
        const replay = `SEED=${seed} npx vitest run test/deterministic-embedded`
        throw new Error(`Seed ${seed}: ${run.failure.message}\nTo see it again, told in full: ${replay}`, { cause: run.failure })
      }
      const seconds = (performance.now() - started) / 1000
      console.info(`${SEEDS} seeds, ${events} events, ${(SEEDS / seconds).toFixed(1)} seeds per second`)
    })

    it('does the same again when the seed is the same', async () => {
      for (let seed = 0; seed < 10; seed++) {
        const [first, second] = [await simulate(seed, mount), await simulate(seed, mount)]
        expect(second).toEqual(first)
        expect((await simulate(seed + 1, mount)).trace).not.toBe(first.trace)
      }
    })

    it('fails if the store keeps slates that were asked for before their user was erased', async () => {
      const admit = vi.spyOn(Lives.prototype, 'admit').mockReturnValue(true)
      onTestFinished(() => admit.mockRestore())
      expect((await simulate(0, mount)).failure?.message).toMatch(/names erased-\d+, who was erased/)
    })
  })
} else {
  it(`seed ${SEED} keeps every promise`, { timeout: HOUR_MS }, async () => {
    const story: string[] = []
    const run = await simulate(SEED, mount, (line) => story.push(line))
    console.info(story.join('\n'))
    if (run.failure) throw run.failure
  })
}
