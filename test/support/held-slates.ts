import type { Service } from '../../src/service/service.ts'

/** Slates that wait at the door of a store. */
export interface HeldSlates {
  /** Resolves when so many wait. */
  readonly waiting: (count: number) => Promise<void>
  /** Lets them go on, and all later ones. */
  readonly release: () => void
}

/** Lets all slates of a store wait before the store keeps them. */
export function holdSlates(store: Service['store']): HeldSlates {
  const putSlate = store.putSlate.bind(store)
  const [released, release] = signal()
  const [reached, reach] = signal()
  let held = 0
  let wanted = Number.POSITIVE_INFINITY
  const look = () => held >= wanted && reach()
  store.putSlate = async (...slate) => {
    held++
    look()
    await released
    return putSlate(...slate)
  }
  return {
    waiting: (count) => {
      wanted = count
      look()
      return reached
    },
    release,
  }
}

function signal(): [came: Promise<void>, give: () => void] {
  let give!: () => void
  const came = new Promise<void>((resolve) => {
    give = resolve
  })
  return [came, give]
}
