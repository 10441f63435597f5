import { setTimeout as wait } from 'node:timers/promises'
import type { Signals } from './signals.ts'

/** How soon what could not be read, because the store did not answer, is tried again. */
const RETRY_MS = 500

/**
 * Reads something that every process holds, and keeps it as others change it; all of it is read again when signals may have been lost.
 * @param follow takes in what changes from now on; its result ends that
 */
export async function keepCurrent(
  load: () => Promise<void>,
  follow: () => Promise<() => Promise<void>>,
  signals: Signals,
  onError: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const end = await follow()
  let asked = false
  let reading = false
  let ended = false
  const readAgain = async () => {
    asked = true
    if (reading) return
    reading = true
    while (asked && !ended) {
      asked = false
      await load().catch(async (error) => {
        asked = true
        onError(error)
        await wait(RETRY_MS, undefined, { ref: false })
      })
    }
    reading = false
  }
  const endResync = signals.onResync(() => void readAgain())
  await load()
  return async () => {
    ended = true
    endResync()
    await end()
  }
}
