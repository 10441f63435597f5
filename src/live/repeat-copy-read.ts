import { setTimeout as wait } from 'node:timers/promises'

/** How soon what could not be read, because the store did not answer, is tried again. */
const RETRY_MS = 500

/** Waits for this many ms. */
export type Pause = (ms: number) => Promise<unknown>

/** Keeps no process running that has nothing else to do. */
const systemPause: Pause = (ms) => wait(ms, undefined, { ref: false })

/**
 * Repeats the read of a copy that every process holds, such as the catalogue, the models or the keys. Reads on request, one read at a
 * time, until one succeeds that began after the latest request.
 * @returns `again` requests a read; `end` prevents further reads
 */
export function readAgain(
  read: () => Promise<unknown>,
  onError: (error: unknown) => void,
  pause: Pause = systemPause,
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
        await pause(RETRY_MS)
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
