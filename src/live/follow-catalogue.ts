import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { type Catalogue, parseItem } from '../state/catalogue.ts'
import type { StateStore } from '../state/store.ts'
import type { Signals } from './signals.ts'

/** How soon a catalogue that could not be read, because the store did not answer, is tried again. */
const RETRY_MS = 500

const itemSignal = z.looseObject({ itemId: z.string() })

/** Fills the catalogue, and keeps it as others change it; all of it is read again when signals may have been lost. */
export async function followCatalogue(
  catalogue: Catalogue,
  store: StateStore,
  signals: Signals,
  onError: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const end = await signals.followItems((signal) => {
    const { itemId, ...item } = itemSignal.parse(JSON.parse(signal))
    catalogue.set(itemId, parseItem(item))
  })
  let asked = false
  let reading = false
  let ended = false
  const readAgain = async () => {
    asked = true
    if (reading) return
    reading = true
    while (asked && !ended) {
      asked = false
      await catalogue.load(store).catch(async (error) => {
        asked = true
        onError(error)
        await wait(RETRY_MS, undefined, { ref: false })
      })
    }
    reading = false
  }
  const endResync = signals.onResync(() => void readAgain())
  await catalogue.load(store)
  return async () => {
    ended = true
    endResync()
    await end()
  }
}
