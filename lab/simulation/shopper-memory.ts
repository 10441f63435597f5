import type { Surface } from './examination.ts'

/** Where a shopper came across an item: what later events on it refer to. */
export type Origin = {
  surface: Surface | 'search' | 'listing'
  /** 1 is the top. */
  position: number
  recommendationId?: string
}

/** What will come of an item in the cart. */
export type Fate = 'buy' | 'buy_later' | 'remove' | 'leave'

export type CartLine = { origin: Origin; fate: Fate; quantity: number }

/** How often an item was shown in vain, as of a moment: it is forgotten with time (see `timesShown`). */
export type Shown = { times: number; at: number }

/** What a shopper carries from one visit to the next. */
export type Memory = {
  /** Items shown on slates and not clicked since. */
  shown: Map<string, Shown>
  /** Bought before. */
  owned: Set<string>
  /** By item, oldest first. */
  cart: Map<string, CartLine>
  /** When the shopper means to come back for the cart, in milliseconds since 1970. */
  returnsAt: number | undefined
}

/** The memory of someone who was never in the shop. */
export function createMemory(): Memory {
  return { shown: new Map(), owned: new Set(), cart: new Map(), returnsAt: undefined }
}

const FORGOTTEN_AFTER_MS = 3 * 86_400_000

/** How often an item was shown in vain, as it weighs at a later moment: each counts 1/e after three days. */
export function timesShown(shown: Shown | undefined, at: number): number {
  return shown === undefined ? 0 : shown.times * Math.exp(-(at - shown.at) / FORGOTTEN_AFTER_MS)
}
