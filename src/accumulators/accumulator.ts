import type { Expiry } from '../state/expiry.ts'
import type { Increments } from '../state/increments.ts'
import type { EventFacts, RecordedEvent } from '../state/log/entry.ts'
import type { SetSlot, Slot } from '../state/slots.ts'
import type { Part, UserValue } from '../state/user-value.ts'
import type { EventMeaning, EventRole } from './event-meaning.ts'
import type { FeatureInput } from './feature-input.ts'

/** Whose figure a feature is. SLATE: relative to the other candidates of a slate. */
export type EntityKind = 'USER' | 'ITEM' | 'USER_ITEM' | 'SESSION' | 'ATTRIBUTE' | 'CONTEXT' | 'SLATE'

/** What a declared attribute of items holds: values that are counted (a text, or a list of texts), or a number. */
export type AttributeKind = 'key' | 'number'

/** One event on its way through the accumulators. */
export interface Reduction {
  readonly event: RecordedEvent
  readonly facts: EventFacts
  readonly meaning: EventMeaning
  /** When it happened, in ms. */
  readonly time: number
  /** The user's state before the event, and after it what the reducers made of it. */
  readonly user: UserValue
  readonly expiry: Expiry
  /** Collects what the event adds to shared sums. */
  readonly increments: Increments
}

/** Value of a feature for one row of its input; NaN where it is missing. */
export type Column = (row: number) => number

export interface Feature {
  /** Snake case, `<entity>_<what>[_<window>]`; trained models name it, so it never changes its meaning. */
  readonly name: string
  readonly entity: EntityKind
  readonly description: string
  readonly unit?: string
  /** When and why it is missing. */
  readonly missing: string
  /** That the probability of a click can, all else equal, only rise (1) or only fall (-1) with it: models of clicks are held to it. */
  readonly monotone?: 1 | -1
  /** Prepares the reading of all rows at once. */
  readonly column?: (input: FeatureInput) => Column
  /** Of a feature kept per value of an attribute: shares by value, largest first. Its `column` is absent. */
  readonly breakdown?: (input: FeatureInput) => FeatureShare[]
  /** Of a figure of the values of one attribute: of which, and how it is read for a value rather than for a candidate. */
  readonly ofValues?: OfValues
}

export interface OfValues {
  /** A declared attribute, or `surface` or `position`. */
  readonly attribute: string
  /** By row of `attributeRows`; NaN where no event on the value is known. */
  readonly column: (input: FeatureInput) => Column
}

export interface FeatureShare {
  readonly key: string
  readonly value: number
}

/**
 * A pure reducer over its own part of the user's state, that also emits additions to shared sums; and the features that are
 * read from both. It never talks to a store, and reads no clock.
 */
export interface Accumulator {
  readonly name: string
  readonly entity: EntityKind
  readonly description: string
  /** Roles of the events that update it; empty means any. */
  readonly roles: readonly EventRole[]
  /** Which rule of expiry ends its state; undefined where it does not expire. */
  readonly expires?: keyof Expiry
  /** Declared attributes of items that it reads. */
  readonly attributes?: { readonly [attribute: string]: AttributeKind }
  readonly parts?: readonly Part<unknown>[]
  readonly slots?: readonly Slot[]
  readonly sets?: readonly SetSlot[]
  readonly reduce?: (reduction: Reduction) => void
  /** Adds what it keeps of one user to what it keeps of another, who are the same person; `from` stays as it is. Required with `parts`. */
  readonly merge?: (into: UserValue, from: UserValue) => void
  readonly features: readonly Feature[]
}
