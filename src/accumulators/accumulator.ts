import type { Expiry } from '../state/expiry.ts'
import type { Increments } from '../state/increments.ts'
import type { EventFacts, RecordedEvent } from '../state/log-entry.ts'
import type { SetSlot, Slot } from '../state/slots.ts'
import type { Part, UserValue } from '../state/user-value.ts'
import type { EventMeaning, EventRole, Exposure } from './event-meaning.ts'
import type { FeatureInput } from './feature-input.ts'

/** What explains how a value is computed, at the end of a sentence: a label leaves it out. */
const COMPUTED = /, (?:decayed|smoothed|weighted|excluding|computed as|taken as|as uploaded|from clicks and).*$/
const FLAG = /^1 if (.*), 0 if /
const WITHIN_PARENTHESES = / \([^)]*\)/g
const END_OF_SENTENCE = /[.:;](?:\s|$)/

/**
 * Returns what a feature is called before people who do not know its name, such as `Click rate of the item`: its own label, or else the first
 * sentence of its description without how the value is computed. `1 if the item is new, 0 if it is not` becomes `Whether the item is new`.
 */
export function featureLabel({ label, description }: Pick<Feature, 'label' | 'description'>): string {
  if (label !== undefined) return label
  const [sentence] = description.split(END_OF_SENTENCE)
  const plain = sentence.replace(WITHIN_PARENTHESES, '').replace(COMPUTED, '')
  const flag = FLAG.exec(plain)
  return flag ? `Whether ${flag[1]}` : plain
}

/** Returns a label as a part of another one: without a capital letter at its start, unless an abbreviation begins it. */
export function withinLabel(label: string): string {
  return /^[A-Z][a-z]/.test(label) ? label[0].toLowerCase() + label.slice(1) : label
}

/** Kind of entity that a feature describes. SLATE: a candidate relative to the other candidates of its slate. */
export type EntityKind = 'USER' | 'ITEM' | 'USER_ITEM' | 'SESSION' | 'ATTRIBUTE' | 'CONTEXT' | 'SLATE'

/** Kind of a declared item attribute. A `key` is a text or list of texts whose values are counted; a `number` is a number. */
export type AttributeKind = 'key' | 'number'

/** One event, with everything that reducers need to process it. */
export interface Reduction {
  readonly event: RecordedEvent
  readonly facts: EventFacts
  readonly meaning: EventMeaning
  /** Time of the event, in ms. */
  readonly time: number
  /** State of the user. Holds the state before the event at first; reducers change it in place. */
  readonly user: UserValue
  readonly expiry: Expiry
  /** How the event counts in click rates. Empty if it does not, and if no accumulator finds exposures (`Accumulator.exposing`). */
  readonly exposures: readonly Exposure[]
  /** Collects the additions of the event to shared sums. */
  readonly increments: Increments
}

/** Returns the value of a feature for one row of its input; NaN if the value is missing. */
export type Column = (row: number) => number

/** A number about an entity, such as the click rate of an item, that an accumulator computes for models, filters and analysts. */
export interface Feature {
  /** Name in snake case: `<entity>_<what>[_<window>]`. Trained models refer to this name, so its meaning must never change. */
  readonly name: string
  readonly entity: EntityKind
  readonly description: string
  /** What people who do not know the name call the feature, if the first sentence of `description` does not say it well. */
  readonly label?: string
  /** Unit of the value. `place` is a share of the candidates that stand before, and `yes or no` is 1 or 0. */
  readonly unit?: string
  /** Explains when and why the value is missing. */
  readonly missing: string
  /**
   * Direction in which the click probability may change as the value rises, all else equal: 1 up only, -1 down only. Training
   * constrains click models to this direction.
   */
  readonly monotone?: 1 | -1
  /**
   * True if the feature is made from an attribute of users, requests or events that a domain declares. It means something else in
   * another domain, so training takes it only if all features are asked for.
   */
  readonly isDeclared?: true
  /** Prepares the values of all rows at once. */
  readonly column?: (input: FeatureInput) => Column
  /**
   * Shares by value of an attribute, largest first, for a feature that has one value per attribute value. `column` is absent then.
   */
  readonly breakdown?: (input: FeatureInput) => FeatureShare[]
  /**
   * The reading of the feature for values of an attribute instead of for candidates. Absent if the feature does not describe
   * attribute values.
   */
  readonly ofValues?: OfValues
}

/** The reading of a feature for the values of an attribute, such as the click rate of each brand. */
export interface OfValues {
  /** Name of a declared attribute, or `surface` or `position`. */
  readonly attribute: string
  /** Values by row of `attributeRows`; NaN if no event on the attribute value is known. */
  readonly column: (input: FeatureInput) => Column
}

/**
 * The part of a feature that belongs to one value of an attribute, such as a user's interest in one brand. `key` is this value.
 */
export interface FeatureShare {
  readonly key: string
  readonly value: number
}

/** How an accumulator finds the exposures of an event for the reducers of all accumulators. */
export interface Exposing {
  /**
   * Finds how an event counts in click rates, and changes the accumulator's parts of the user's state in place.
   * @param facts without items that do not count
   */
  readonly find: (user: UserValue, meaning: EventMeaning, facts: EventFacts, time: number) => readonly Exposure[]
  /** The one of the accumulator's `slots` to which exposures add. Shared sums without its column come from a version that counted click rates otherwise. */
  readonly sum: Slot
}

/**
 * An accumulator: a pure reducer of events, and the features that are read from its state. The reducer changes its own parts of the
 * user's state and adds to shared sums. It calls no store and reads no clock.
 */
export interface Accumulator {
  readonly name: string
  readonly entity: EntityKind
  readonly description: string
  /** Event roles that update the accumulator: its reducer sees no others. Empty means all roles. */
  readonly roles: readonly EventRole[]
  /** Expiry rule that ends its state; undefined if the state does not expire. */
  readonly expires?: keyof Expiry
  /** Declared item attributes that the accumulator reads. */
  readonly attributes?: { readonly [attribute: string]: AttributeKind }
  readonly parts?: readonly Part<unknown>[]
  readonly slots?: readonly Slot[]
  readonly sets?: readonly SetSlot[]
  readonly reduce?: (reduction: Reduction) => void
  /** Runs before all reducers. At most one accumulator of a set has it. */
  readonly exposing?: Exposing
  /**
   * Merges the accumulator's state of two ids of one person: adds `from` to `into`. Must not change `from`. Required if `parts` is
   * set.
   */
  readonly merge?: (into: UserValue, from: UserValue) => void
  /**
   * Subtracts from shared sums what the user added to them, before the user is erased. Absent if what users add stays in the sums,
   * without a name.
   */
  readonly withdraw?: (user: UserValue, increments: Increments) => void
  readonly features: readonly Feature[]
}
