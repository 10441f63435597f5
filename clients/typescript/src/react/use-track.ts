import { useCallback } from 'react'
import type { AppEvent } from '../liverank-client.ts'
import { useLiverank } from './liverank-provider.ts'

/** How an event acts on the screen. */
export interface TrackOptions {
  /** Takes the item of the event out of all lists at once. If the service refuses the event, the item comes back. */
  readonly removesItem?: boolean
  /** Lets the item of the event return to the lists, such as after `undismiss`. */
  readonly returnsItem?: boolean
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
    (event, { removesItem = false, returnsItem = false } = {}) => {
      const placed = surface === undefined ? event : { ...event, eventAttributes: { surface, ...(event.eventAttributes ?? {}) } }
      const { itemId } = placed
      if (itemId != null && removesItem) return client.recordRemoval({ ...placed, itemId })
      return itemId != null && returnsItem ? client.recordReturn({ ...placed, itemId }) : client.recordEvent(placed)
    },
    [client, surface],
  )
}
