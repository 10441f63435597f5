import { loadNeighbours } from '../candidates/read-neighbours.ts'
import type { ServedNeighbourLists } from '../candidates/served-neighbours.ts'
import type { StateStore } from '../state/store.ts'
import { readAgain } from './repeat-copy-read.ts'
import type { Signals } from './signals.ts'

/** Reads the neighbour lists, and keeps them up to date as other processes serve newer ones. */
export async function followNeighbours(
  lists: ServedNeighbourLists,
  store: StateStore,
  signals: Signals,
  onError: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const load = () => loadNeighbours(lists, store, onError)
  const reading = readAgain(load, onError)
  const endSignals = await signals.follow('neighbours', reading.again)
  const endResync = signals.onResync(reading.again)
  await load()
  return async () => {
    reading.end()
    endResync()
    await endSignals()
  }
}
