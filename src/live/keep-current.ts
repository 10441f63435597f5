import { readAgain } from './retrying-read.ts'
import type { Signals } from './signals.ts'

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
  const reading = readAgain(load, onError)
  const endResync = signals.onResync(reading.again)
  await load()
  return async () => {
    reading.end()
    endResync()
    await end()
  }
}
