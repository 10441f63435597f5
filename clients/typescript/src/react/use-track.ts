import { useCallback } from 'react'
import type { AppEvent } from '../liverank-client.ts'
import { useLiverank } from './liverank-provider.ts'

/** How an event acts on the screen. */
export interface TrackOptions {
  /** Takes the item of the event out of all lists at once. If the service refuses the event, the item comes back. */
  readonly removesItem?: boolean
}

/** Records an event, and returns its id when it is kept. */
export type Track = (event: AppEvent, options?: TrackOptions) => Promise<string>

/**
 * Returns a function that records events. It stays the same, so effects may depend on it.
 *
 * @param surface where the events happen, such as `home`. Events that name a surface in `eventAttributes` keep theirs.
 */
export function useTrack(surface?: string): Track {
  const client = useLiverank()
  return useCallback(
    (event, { removesItem = false } = {}) => {
      const placed = surface === undefined ? event : { ...event, eventAttributes: { surface, ...(event.eventAttributes ?? {}) } }
      const { itemId } = placed
      return removesItem && itemId != null ? client.recordRemoval({ ...placed, itemId }) : client.recordEvent(placed)
    },
    [client, surface],
  )
}
