import { attributeOf } from '../../src/import/event-attributes.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'
import type { Split } from './dataset-writer.ts'

/** Ends of warm-up, train and validation, as shares of the used events. The rest is test. */
export const ENDS = { warmUp: 0.25, train: 0.7, validation: 0.85 } as const

/** Returns the number of the first event of the validation split by time. @param until number of events that are used */
export function validationFrom(until: number): number {
  return Math.ceil(ENDS.train * until)
}

/** Counts of the events of a split. */
export interface SplitEvents {
  readonly events: number
  /** Number of these events in the gap at the beginning of the split. */
  readonly inGap: number
  /** Time from the first to the last event, in ms. */
  readonly span: number
}

/** Assigns decisions to splits by time. Call `of` in the order of the log. */
export class Splitter {
  readonly #until: number
  readonly #gap: number
  readonly #keepsDeclared: boolean
  readonly #found = new Map<Split, { beganAt: number; endedAt: number; events: number; inGap: number }>()

  /**
   * @param until number of events that are used
   * @param gap time that is left out at the beginning of each split, in ms: as long as a label may look ahead
   * @param keepsDeclared whether the split that an event declares takes precedence over its time
   */
  constructor(until: number, gap: number, keepsDeclared = true) {
    this.#until = until
    this.#gap = gap
    this.#keepsDeclared = keepsDeclared
  }

  /** Returns the split of an event; undefined in the warm-up and in the gaps. @param number of the event, from 0 */
  of(number: number, event: LoggedEvent): Split | undefined {
    const share = number / this.#until
    if (share < ENDS.warmUp) return undefined
    const declared = this.#keepsDeclared ? declaredSplit(event) : undefined
    const byTime = share < ENDS.train ? 'train' : share < ENDS.validation ? 'validation' : 'test'
    const split = declared === 'test' ? 'test' : declared === 'train' && byTime === 'test' ? 'validation' : byTime
    const { timestamp } = event
    const found = this.#found.get(split) ?? { beganAt: timestamp, endedAt: timestamp, events: 0, inGap: 0 }
    this.#found.set(split, found)
    found.endedAt = timestamp
    found.events++
    if (timestamp >= found.beganAt + this.#gap) return split
    found.inGap++
    return undefined
  }

  /** Returns the counts of a split until now. */
  found(split: Split): SplitEvents {
    const { beganAt = 0, endedAt = 0, events = 0, inGap = 0 } = this.#found.get(split) ?? {}
    return { events, inGap, span: endedAt - beganAt }
  }
}

/**
 * Returns the split that an event declares in `eventAttributes.split`; undefined if it declares none. The value may be any JSON.
 */
export function declaredSplit(event: LoggedEvent): unknown {
  return attributeOf(event, 'split')
}
