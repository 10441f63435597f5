import { type Pause, readAgain } from './repeat-copy-read.ts'
import type { Signals } from './signals.ts'

/**
 * Reads data that every process holds, and keeps it up to date as other processes change it. Reads all of it again if signals may
 * have been lost.
 * @param follow starts to receive changes; its result ends that
 */
export async function keepCurrent(
  load: () => Promise<void>,
  follow: () => Promise<() => Promise<void>>,
  signals: Signals,
  onError: (error: unknown) => void,
  pause?: Pause,
): Promise<() => Promise<void>> {
  const end = await follow()
  const reading = readAgain(load, onError, pause)
  const endResync = signals.onResync(reading.again)
  await load()
  return async () => {
    reading.end()
    endResync()
    await end()
  }
}
