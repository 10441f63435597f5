import type { Surface } from './examination.ts'

/** The place where a shopper came across an item. Later events on the item refer to it. */
export type Origin = {
  surface: Surface | 'listing'
  /** 1 is the top. */
  position: number
  recommendationId?: string
}

/** The future of an item in the cart. */
export type Fate = 'buy' | 'buy_later' | 'remove' | 'leave'

/** Probabilities of the fates, as running sums. */
export const FATES: readonly [number, Fate][] = [
  [0.35, 'buy'],
  [0.52, 'buy_later'],
  [0.7, 'remove'],
  [1, 'leave'],
]

/** An item in the cart, where the shopper found it, and what will become of it. */
export type CartLine = { origin: Origin; fate: Fate; quantity: number }

/** The number of impressions of an item without a click, as of a moment. It decays with time (see `timesShown`). */
export type Shown = { times: number; at: number }

/** The things that a shopper remembers from one visit to the next. */
export type Memory = {
  /** Items shown on slates and not clicked since. */
  shown: Map<string, Shown>
  /** Ids of items that the shopper has bought. */
  owned: Set<string>
  /** Lines of the cart by item, oldest first. */
  cart: Map<string, CartLine>
  /** Time at which the shopper means to come back for the cart, in ms since 1970; undefined if the shopper does not mean to. */
  returnsAt: number | undefined
}

/** Makes the memory of a shopper who was never in the shop. */
export function createMemory(): Memory {
  return { shown: new Map(), owned: new Set(), cart: new Map(), returnsAt: undefined }
}

const FORGOTTEN_AFTER_MS = 3 * 86_400_000

/** Returns the decayed number of impressions without a click at a later moment: each counts 1/e after three days. */
export function timesShown(shown: Shown | undefined, at: number): number {
  return shown === undefined ? 0 : shown.times * Math.exp(-(at - shown.at) / FORGOTTEN_AFTER_MS)
}
