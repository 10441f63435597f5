import type { Randomness } from '../random.ts'
import type { SlateTrigger } from '../slate/slate.ts'

/** Over how long open streams are made anew when another model ranks or standing rules change, in ms. */
const SPREAD_MS = 3000
/** By how much that time grows with each stream, where only those that show an item are made anew. */
const SPREAD_MS_PER_STREAM = 10

/** Refreshes of one stream that do not come from its user's events. */
export interface SpreadRefreshes {
  /** Asks for a slate within three seconds. */
  soon(trigger: SlateTrigger): void
  /** Asks for a slate because an item on the screen is gone. @param streams number of streams that show the item */
  itemGone(streams: number): void
  end(): void
}

/**
 * Lets a stream ask for a new slate after a change that concerns many streams. Each stream asks at a random time of its own: all at
 * once would hold up everyone. Changes with the same trigger that come before that time are one.
 */
export function spreadRefreshes(ask: (trigger: SlateTrigger) => void, random: Randomness): SpreadRefreshes {
  const timers = new Map<SlateTrigger, NodeJS.Timeout>()
  const within = (spread: number, trigger: SlateTrigger) => {
    if (timers.has(trigger)) return
    const asking = () => {
      timers.delete(trigger)
      ask(trigger)
    }
    timers.set(trigger, setTimeout(asking, random.integer(spread)))
  }
  return {
    soon: (trigger) => within(SPREAD_MS, trigger),
    itemGone: (streams) => within(Math.min(SPREAD_MS, streams * SPREAD_MS_PER_STREAM), 'CATALOGUE'),
    end: () => {
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}
