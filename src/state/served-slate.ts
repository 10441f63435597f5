import type { SlotDrawn } from './log-entry.ts'

/** The part of a slate that events need if they name it. */
export interface ServedSlate {
  /** Time of serving on the wall clock, in ms. */
  readonly at: number
  readonly userId: string
  /** Version of the user's state; 0 for slates of other systems. */
  readonly version: number
  readonly surface: string | undefined
  readonly device: string | undefined
  /** Policy that made the slate; undefined for slates of other systems. */
  readonly policy: string | undefined
  /** Item ids from the top. */
  readonly items: readonly string[]
  /** Draw of the exploration slot; undefined if the slate has none. */
  readonly explored: { readonly itemId: string; readonly drawn: SlotDrawn } | undefined
}
