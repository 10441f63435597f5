import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { relative } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'

/** CPU that a test file of `npm run test:fast` may take, in seconds, what it imports left out. */
const LIMIT = 1.5

let before: NodeJS.CpuUsage
let started = 0
const count = () => void started++
const channels = ['child_process', 'worker_threads']
for (const channel of channels) subscribe(channel, count)

beforeAll(() => {
  before = process.cpuUsage()
})

/** Fails a fast file that started a process or a thread. Only names one that takes too much CPU: that also depends on the machine. */
afterAll(() => {
  // The next file that runs in this process counts for itself.
  for (const channel of channels) unsubscribe(channel, count)
  const { user, system } = process.cpuUsage(before)
  const seconds = (user + system) / 1e6
  const file = relative(process.cwd(), expect.getState().testPath!)
  if (seconds > LIMIT)
    console.warn(
      `${file} took ${seconds.toFixed(1)} s of CPU. If it takes more than ${LIMIT} s on an idle machine, add it to test/support/slow-files.ts.`,
    )
  if (started > 0) throw new Error(`${file} started ${started} processes or threads, which a fast test must not.`)
})
