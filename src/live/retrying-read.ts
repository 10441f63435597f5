import { setTimeout as wait } from 'node:timers/promises'

/** How soon what could not be read, because the store did not answer, is tried again. */
const RETRY_MS = 500

/**
 * Reads again whenever it is asked to, one read at a time, until one has succeeded that began after the last asking.
 * @returns `again` asks, `end` lets nothing more begin
 */
export function readAgain(
  read: () => Promise<unknown>,
  onError: (error: unknown) => void,
): { readonly again: () => void; readonly end: () => void } {
  let asked = false
  let reading = false
  let ended = false
  const run = async () => {
    asked = true
    if (reading) return
    reading = true
    while (asked && !ended) {
      asked = false
      await read().catch(async (error) => {
        asked = true
        onError(error)
        await wait(RETRY_MS, undefined, { ref: false })
      })
    }
    reading = false
  }
  return {
    again: () => void run(),
    end: () => {
      ended = true
    },
  }
}
