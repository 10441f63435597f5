import { setTimeout as wait } from 'node:timers/promises'

/** How soon what could not be read, because the store did not answer, is tried again. */
const RETRY_MS = 500

/**
 * Repeats a read on request, one at a time, until a read succeeds that began after the latest request.
 * @returns `again` requests a read; `end` prevents further reads
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
