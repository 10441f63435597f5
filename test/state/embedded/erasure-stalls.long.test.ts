import { expect, it } from 'vitest'
import { ERASURE_TARGETS, measureErasure } from '../../../bench/erase.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

/** Of the store, which `npm run test:long` makes as large as the goal says. */
const USERS = Number(process.env.ERASURE_USERS ?? 100_000)

it(`50 users of ${USERS} are erased at once within 5 s, and delay requests by less than 100 ms`, async () => {
  const dataDir = await temporaryDirectory()
  const { seconds, longestWaitMs, longestBusyMs } = await measureErasure({ users: USERS, erased: 50, dataDir, redis: undefined })
  console.info(
    `${seconds.toFixed(2)} s; longest wait ${longestWaitMs.toFixed(0)} ms, of it CPU time ${longestBusyMs.toFixed(0)} ms`,
  )
  expect(seconds).toBeLessThan(ERASURE_TARGETS.seconds)
  // CPU time, since a process that does not get a processor makes requests wait too.
  expect(longestBusyMs).toBeLessThan(ERASURE_TARGETS.longestBusyMs)
})
