import type { Part } from './user-value-part.ts'

/** A JSON value in an upload or event. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
/** A JSON object in an upload or event, such as the attributes of an item. */
export type JsonObject = { [key: string]: Json }

/** Latest decision of a user about consent. */
export interface Consent {
  /** True for given, false for withdrawn. */
  readonly given: boolean
  /** Time at which the user began to hold this decision, in ms of the clock of features. */
  readonly at: number
}

/** State of one user: the result of all their events, in order. Mutable while one record step owns it. */
export class UserValue {
  /** Version of the state. It rises with every change; 0 for a new user. */
  version = 0
  /** Latest event time, in ms; 0 without events. */
  lastEventAt = 0
  latestEventId = ''
  /** Uploaded attributes, kept until they are removed or expire. */
  attributes: JsonObject = {}
  /** Time of the last upload about the user, in ms; 0 if neither attributes nor consent are kept, or the time is unknown. */
  attributesAt = 0
  /** Whether the user has opted out: nothing more is recorded, and recorded state is not used. */
  optedOut = false
  /** Latest decision about consent; undefined if the user has made none, or if a given consent has expired. */
  consent: Consent | undefined = undefined
  /** Id of the user that this id was merged into; empty if it was not merged. All later events count for that user. */
  mergedInto = ''
  /** Whether the state of a merged id has yet to be added to the other user. */
  moving = false
  /**
   * Ids whose state this user took, latest last. Beyond `MAX_LISTED` ids, the list moves into the value of the id that was taken
   * last: that value lists the others, and is itself listed here.
   */
  mergedFrom: string[] = []
  /** Ids with a merge into this user that has begun, and whose state has not been taken yet. */
  arriving: string[] = []
  /** Ids of the person whose erasure has begun. A repeated erasure finds the other ids here. */
  erasing: string[] = []
  /** Time at which the erasure marked this value, in ms of the clock of features; 0 if none did. */
  erasingSince = 0
  readonly parts = new Map<string, unknown>()
  /** Unknown parts, or parts of another layout. They are written back unchanged. */
  readonly foreign: { code: number; bytes: Buffer }[] = []

  /** Returns a part; an empty one if the value has none. Always returns the same object: changes to it change the value. */
  get<T>(part: Part<T>): T {
    let held = this.parts.get(part.name) as T | undefined
    if (held === undefined) {
      held = part.empty()
      this.parts.set(part.name, held)
    }
    return held
  }

  get isNew(): boolean {
    return this.lastEventAt === 0
  }

  /** Returns the time at which to read decayed sums, in ms: now, or the last event if that is later. */
  timeAt(now: number): number {
    return Math.max(now, this.lastEventAt)
  }
}

/** Maximum number of merged ids that a user value lists itself. */
export const MAX_LISTED = 32
