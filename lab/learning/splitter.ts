import { attributeOf } from '../../src/import/event-attributes.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'
import type { Split } from './dataset-writer.ts'

/** Ends of warm-up, train and validation, as shares of what is used; test is the rest. */
export const ENDS = { warmUp: 0.25, train: 0.7, validation: 0.85 } as const

/** Which split a decision falls into, by time. Ask in the order of the log. */
export class Splitter {
  readonly #until: number
  readonly #gap: number
  readonly #keepsDeclared: boolean
  readonly #beganAt = new Map<Split, number>()

  /**
   * @param until number of events that are used
   * @param gap ms that are left out behind the beginning of each split: as long as a label may look ahead
   * @param keepsDeclared whether the split that an event names counts before its time
   */
  constructor(until: number, gap: number, keepsDeclared = true) {
    this.#until = until
    this.#gap = gap
    this.#keepsDeclared = keepsDeclared
  }

  /** Undefined for the warm-up and the gaps. @param number of the event, from 0 */
  of(number: number, event: LoggedEvent): Split | undefined {
    const share = number / this.#until
    if (share < ENDS.warmUp) return undefined
    const declared = this.#keepsDeclared ? declaredSplit(event) : undefined
    const byTime = share < ENDS.train ? 'train' : share < ENDS.validation ? 'validation' : 'test'
    const split = declared === 'test' ? 'test' : declared === 'train' && byTime === 'test' ? 'validation' : byTime
    const { timestamp } = event
    const beganAt = this.#beganAt.get(split)
    if (beganAt === undefined) this.#beganAt.set(split, timestamp)
    return timestamp < (beganAt ?? timestamp) + this.#gap ? undefined : split
  }
}

/** What a log says in `eventAttributes.split`. */
export function declaredSplit(event: LoggedEvent): unknown {
  return attributeOf(event, 'split')
}
