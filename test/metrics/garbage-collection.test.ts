import { expect, it } from 'vitest'
import { LIVERANK } from '../support/built-command.ts'
import { eventually } from '../support/eventually.ts'
import { startMeasured } from '../support/scrape.ts'

const COLLECTIONS = 5
/** Collects several times in one turn, when it gets this signal. */
const COLLECTING = `process.on('SIGUSR2', () => { for (let n = 0; n < ${COLLECTIONS}; n++) gc() })`
const MAJOR = 'liverank_gc_duration_seconds_count{kind="major"}'

it('counts each garbage collection, even if Node reports several together', async () => {
  const command = ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(COLLECTING)}`, LIVERANK, 'serve']
  const { service, scrape } = await startMeasured({}, command)
  const before = await scrape()
  service.process.kill('SIGUSR2')
  const after = await eventually(async () => {
    const now = await scrape()
    expect(now.of(MAJOR) - before.of(MAJOR)).toBeGreaterThanOrEqual(COLLECTIONS)
    return now
  })
  const took = 'liverank_gc_duration_seconds_sum{kind="major"}'
  expect(after.of(took)).toBeGreaterThan(before.of(took))
  expect([...after.series.keys()].filter((name) => name.startsWith('nodejs_gc_'))).toEqual([])
})
