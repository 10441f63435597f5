import { z } from 'zod'
import { type Catalogue, parseItem } from '../state/catalogue.ts'
import type { StateStore } from '../state/store.ts'
import type { Signals } from './signals.ts'

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
  const endResync = signals.onResync(() => {
    catalogue.load(store).catch(onError)
  })
  await catalogue.load(store)
  return async () => {
    endResync()
    await end()
  }
}
