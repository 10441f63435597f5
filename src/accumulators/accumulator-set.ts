import { LiverankError } from '../errors.ts'
import { type Expiry, type ExpiryTests, keptFor, knownSince } from '../state/expiry.ts'
import { latestKept } from '../state/kept-events.ts'
import { whyNotCounted, withoutCapped } from '../state/log/not-counted.ts'
import { FIRST_SEEN, kindOf, LAST_SEEN, SlotLayout, type SlotNames } from '../state/slots.ts'
import { nextVersion, type UserValue } from '../state/user-value.ts'
import { lastEventOf, UserValueCodec } from '../state/user-value-codec.ts'
import type { Accumulator, Exposing, Feature, Reduction } from './accumulator.ts'
import { COUNTING_PARTS } from './counted-events.ts'
import { EVENT_ROLES, type EventRole, type Exposure } from './event-meaning.ts'
import type { FeatureInput } from './feature-input.ts'

interface ExpiryTestsOptions {
  /** Time of the clock of features, in ms. */
  readonly now: number
  /** Time of the wall clock, in ms. */
  readonly wall: number
  readonly lateness: number
  readonly expiry: Expiry
  readonly accumulators: AccumulatorSet
}

/**
 * Returns tests of which state may be deleted at `now`: state that has expired for every read and for every event that is still
 * accepted (at most `lateness` ms late). A user's version is kept until the wall clock has passed it, so that the next version is
 * higher.
 */
export function expiryTestsAt({ now, wall, lateness, expiry, accumulators }: ExpiryTestsOptions): ExpiryTests {
  const { layout, codec } = accumulators
  const userOver = now - lateness - expiry.user
  const itemOver = now - lateness - expiry.item
  return {
    user: (bytes) => {
      if (lastEventOf(bytes) >= userOver) return false
      const value = readable(codec, bytes)
      const kept = value ? keptFor(value, expiry) : 0
      if (!value || kept === 0) return false
      const since = knownSince(value)
      if (since >= now - lateness - kept) return false
      // Without an event or upload its version alone tells when it was last changed.
      return value.version < nextVersion(0, wall - (since === 0 ? kept : 0))
    },
    events: (kept) => latestKept(kept) < userOver,
    // A set may gain before its item is seen: that of an item that was uploaded again, while a session still knows it.
    row: (entity, row) => {
      const { lastSeen, sets } = layout.timesIn(kindOf(entity))
      return row[lastSeen] < itemOver && sets.every(({ latest }) => !(row[latest] >= itemOver))
    },
  }
}

/** Undefined for a value that cannot be read, which stays for an operator to look at. */
function readable(codec: UserValueCodec, bytes: Uint8Array): UserValue | undefined {
  try {
    return codec.decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * Version of the feature layout. It rises when a feature changes its meaning under the same name. A model names the version on
 * which it was trained.
 */
export const FEATURE_LAYOUT_VERSION = 1

type Reducing = Accumulator & Required<Pick<Accumulator, 'reduce'>>

const NO_EXPOSURES: readonly Exposure[] = []

/**
 * The accumulators of one configuration, with everything derived from the list: slot layout, codec of user values, features by
 * name.
 */
export class AccumulatorSet {
  readonly accumulators: readonly Accumulator[]
  readonly layout: SlotLayout
  readonly codec: UserValueCodec
  readonly features: ReadonlyMap<string, Feature>
  readonly #exposing: Exposing | undefined
  /** Accumulators whose reducer sees the events of a role, by role. */
  readonly #byRole: ReadonlyMap<EventRole, readonly Reducing[]>

  /**
   * @param recorded columns that a store or log already uses
   * @throws LiverankError CONFIGURATION if two accumulators, parts or features have the same name, or two find exposures
   */
  constructor(accumulators: readonly Accumulator[], recorded?: SlotNames) {
    unique('accumulator', accumulators)
    const parts = accumulators.flatMap(({ parts = [] }) => parts)
    unique('part', [...COUNTING_PARTS, ...parts])
    for (const { name, parts, merge } of accumulators)
      if (parts && !merge)
        throw new LiverankError('CONFIGURATION', `accumulator ${name} has parts but no merge: add a merge function.`)
    const features = accumulators.flatMap(({ features }) => features)
    unique('feature', features)
    this.accumulators = accumulators
    const slots = [...Object.values(FIRST_SEEN), ...Object.values(LAST_SEEN), ...accumulators.flatMap(({ slots = [] }) => slots)]
    const sets = accumulators.flatMap(({ sets = [] }) => sets)
    this.layout = new SlotLayout(slots, sets, recorded)
    this.#exposing = exposingOf(accumulators)
    const reducing = accumulators.filter((accumulator): accumulator is Reducing => accumulator.reduce !== undefined)
    this.#byRole = new Map(
      EVENT_ROLES.map((role) => [role, reducing.filter(({ roles }) => roles.length === 0 || roles.includes(role))]),
    )
    this.codec = new UserValueCodec([...COUNTING_PARTS, ...parts])
    this.features = new Map(features.map((feature) => [feature.name, feature]))
  }

  /** Returns whether shared sums with these columns count click rates. Those of a domain without click rates do not. */
  ratesClicks(columns: SlotNames): boolean {
    if (!this.#exposing) return true
    const { sum } = this.#exposing
    return columns[sum.kind].includes(this.layout.names[sum.kind][this.layout.indexOf(sum)])
  }

  /**
   * Runs the reducers that declare the role of the event, in the order of the list. Each reducer sees the changes that earlier reducers
   * made to the user. Accumulators with shared sums see the event without its capped items, and not at all if it has no other: what they
   * keep of the user must agree with the sums.
   * @param isRated whether the event counts in click rates
   */
  reduce(event: Omit<Reduction, 'exposures'>, isRated: boolean): void {
    const isOver = whyNotCounted(event.facts) !== undefined
    const facts = withoutCapped(event.facts)
    const exposing = isRated && !isOver ? this.#exposing : undefined
    const exposures = exposing?.find(event.user, event.meaning, facts, event.time) ?? NO_EXPOSURES
    const reduction: Reduction = { ...event, exposures }
    const ofSums = facts === event.facts ? reduction : { ...reduction, facts }
    for (const { reduce, slots, sets } of this.#byRole.get(event.meaning.role)!) {
      if (slots === undefined && sets === undefined) reduce(reduction)
      else if (!isOver) reduce(ofSums)
    }
  }
}

function exposingOf(accumulators: readonly Accumulator[]): Exposing | undefined {
  const [finder, another] = accumulators.filter(({ exposing }) => exposing)
  if (another)
    throw new LiverankError(
      'CONFIGURATION',
      `accumulators ${finder.name} and ${another.name} both find exposures: keep one of them.`,
    )
  return finder?.exposing
}

function unique(what: string, named: readonly { name: string }[]): void {
  const seen = new Set<string>()
  for (const { name } of named) {
    if (seen.has(name)) throw new LiverankError('CONFIGURATION', `two ${what}s are named ${name}: rename one of them`)
    seen.add(name)
  }
}

/** Largest finite float32: models read features as such. */
const MOST = (2 - 2 ** -23) * 2 ** 127

/** Returns the feature value, or NaN (missing) if a float32 cannot hold it. */
export function valueOrMissing(value: number): number {
  return Math.abs(value) <= MOST ? value : Number.NaN
}

/** Returns feature values as row-major float32, rows × features; NaN if missing. */
export function featureMatrix(features: readonly Pick<Feature, 'column'>[], input: FeatureInput): Float32Array {
  const rows = input.itemIds.length
  const matrix = new Float32Array(rows * features.length)
  features.forEach(({ column }, at) => {
    const value = column ? column(input) : () => Number.NaN
    for (let row = 0; row < rows; row++) matrix[row * features.length + at] = valueOrMissing(value(row))
  })
  return matrix
}
