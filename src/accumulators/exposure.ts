import type { ItemFacts } from '../state/log-entry.ts'

/** An impression of an item, or a click that follows from one, as click rates count it. */
export interface Exposure {
  readonly isClick: boolean
  /** The item with the facts of the event: of a click, those of the click. */
  readonly item: ItemFacts
  /** Time of the impression, in ms, also for a click: so the delay of clicks does not bias a rate. */
  readonly at: number
  /** Surface of the impression; undefined if it is not known. */
  readonly surface: string | undefined
  /** Position of the impression on the surface, from 1; undefined if it is not known. */
  readonly position: number | undefined
  /** Whether the impression counts in expected clicks, because the click rate of its position was known. */
  readonly isRated: boolean
}
