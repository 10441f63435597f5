import { useMemo, useSyncExternalStore } from 'react'

/** Returns whether a CSS media query such as `(pointer: coarse)` holds, and renders the component again when this changes. */
export function useMedia(query: string): boolean {
  const list = useMemo(() => matchMedia(query), [query])
  return useSyncExternalStore(
    useMemo(
      () => (listener: () => void) => {
        list.addEventListener('change', listener)
        return () => list.removeEventListener('change', listener)
      },
      [list],
    ),
    () => list.matches,
  )
}
