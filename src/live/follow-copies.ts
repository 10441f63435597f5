import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { ServedNeighbourLists } from '../candidates/offline.ts'
import { loadNeighbours } from '../candidates/read-neighbours.ts'
import { type Catalogue, parseItem } from '../catalogue/catalogue.ts'
import { parseStanding, type StandingRules } from '../rules/standing-rules.ts'
import type { StateStore } from '../state/store.ts'
import type { Signals } from './signals.ts'

const itemSignal = z.looseObject({ itemId: z.string() })

/** Fills the catalogue from the store, and keeps it up to date as other processes change it. */
export function followCatalogue(
  catalogue: Catalogue,
  store: StateStore,
  signals: Signals,
  onError: (error: unknown) => void,
  pause?: Pause,
): Promise<() => Promise<void>> {
  const follow = () =>
    signals.follow('item', (signal) => {
      const { itemId, ...item } = itemSignal.parse(JSON.parse(signal))
      catalogue.set(itemId, parseItem(item))
    })
  return keepCurrent(() => catalogue.load(store, onError), follow, signals, onError, pause)
}

/** Reads the standing rules, and keeps them up to date as other processes change them. */
export function followStandingRules(
  standingRules: StandingRules,
  store: StateStore,
  signals: Signals,
  onError: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const follow = () => signals.follow('rules', (signal) => standingRules.set(parseStanding(JSON.parse(signal))))
  return keepCurrent(() => standingRules.load(store, onError), follow, signals, onError)
}

/**
 * Reads data that every process holds, and keeps it up to date as other processes change it. Reads all of it again if signals may
 * have been lost.
 * @param follow starts to receive changes; its result ends that. May call `again` at a change, to read all of the data again
 */
async function keepCurrent(
  load: () => Promise<void>,
  follow: (again: () => void) => Promise<() => Promise<void>>,
  signals: Signals,
  onError: (error: unknown) => void,
  pause?: Pause,
): Promise<() => Promise<void>> {
  const reading = readAgain(load, onError, pause)
  const end = await follow(reading.again)
  const endResync = signals.onResync(reading.again)
  await load()
  return async () => {
    reading.end()
    endResync()
    await end()
  }
}

/** Reads the neighbour lists, and keeps them up to date as other processes serve newer ones. */
export function followNeighbours(
  lists: ServedNeighbourLists,
  store: StateStore,
  signals: Signals,
  onError: (error: unknown) => void,
): Promise<() => Promise<void>> {
  return keepCurrent(
    () => loadNeighbours(lists, store, onError),
    (again) => signals.follow('neighbours', again),
    signals,
    onError,
  )
}

/** How soon what could not be read, because the store did not answer, is tried again. */
const RETRY_MS = 500

/** Waits for this many ms. */
type Pause = (ms: number) => Promise<unknown>

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
