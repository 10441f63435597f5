import type { Service } from '../../src/service/service.ts'

/** Lets all swaps of a store wait. @returns lets them go on, and all later ones */
export function holdSwaps(store: Service['store']): () => void {
  const swap = store.swap.bind(store)
  let release!: () => void
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  store.swap = async (swapped) => {
    await released
    return swap(swapped)
  }
  return release
}
