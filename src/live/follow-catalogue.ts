import { z } from 'zod'
import { type Catalogue, parseItem } from '../catalogue/catalogue.ts'
import type { StateStore } from '../state/store.ts'
import { keepCurrent } from './keep-copy-current.ts'
import type { Pause } from './repeat-copy-read.ts'
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
