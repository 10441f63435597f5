import { LRUCache } from 'lru-cache'
import { sampledBytes } from '../heap-bytes.ts'
import { countFailure, invariant } from '../invariant.ts'
import { epochScale } from './decay.ts'
import { ADD, type EntityIncrements, GAIN_STRIDE, type Increments, MAX, MIN, NUMBER_STRIDE } from './increments.ts'
import { InsertionOrderedMap } from './insertion-ordered-map.ts'
import { highestRows, nthHighest, rankScore } from './rank-order.ts'
import { kindOf, type SlotLayout } from './slots.ts'

/**
 * Members of a scored set, each with its score. Scores stand in one array, where they change in place: a Map of numbers would allocate
 * one for each addition.
 */
export class ScoredMembers {
  /** By member, the place of its score. */
  readonly places: Map<string, number>
  /** By place; a number without meaning where no member stands. */
  readonly scores: number[]
  /** Number of times that something changed: who remembers the members by it knows when they are no longer the same. */
  changes = 0
  /** Places of members that were deleted. */
  readonly #free: number[]

  constructor(places: ReadonlyMap<string, number> = new Map(), scores: readonly number[] = [], free: readonly number[] = []) {
    this.places = new Map(places)
    this.scores = scores.slice()
    this.#free = free.slice()
  }

  get size(): number {
    return this.places.size
  }

  copy(): ScoredMembers {
    return new ScoredMembers(this.places, this.scores, this.#free)
  }

  /** Adds a member that the set does not have. */
  add(member: string, score: number): void {
    const place = this.#free.pop() ?? this.scores.length
    this.scores[place] = score
    this.places.set(member, place)
  }

  delete(member: string): void {
    const place = this.places.get(member)
    if (place === undefined) return
    this.places.delete(member)
    this.#free.push(place)
  }

  /** Multiplies all scores. */
  scale(factor: number): void {
    for (let place = 0; place < this.scores.length; place++) this.scores[place] *= factor
  }
}

/** Shared sums of one item or attribute value. */
export interface Entity {
  row: Float64Array
  /** The sets, by the column of their epoch. */
  sets: Map<number, ScoredMembers> | undefined
}

/**
 * Members of a scored set, highest `rankScore` first. Scores are in units of `epoch`. Ties are in descending order of the member's
 * UTF-8 bytes.
 */
export interface SetView {
  readonly epoch: number
  /** Time of the latest addition, in ms; 0 if unknown. Read the view at that time, if it is later than now. */
  readonly latest: number
  readonly members: readonly string[]
  readonly scores: Float64Array
}

/** Rows of many entities in one array: row i is at [i·width, (i+1)·width). Rows of absent entities are zeros. */
export interface RowBlock {
  readonly width: number
  readonly data: Float64Array
}

/** The highest members of a set, with their scores in the units of its epoch, which do not change until the set does. */
type RankedMembers = Pick<SetView, 'members' | 'scores'>

/** Members as they were after a number of changes. */
interface Remembered {
  readonly changes: number
  readonly members: RankedMembers
}

/** How many sets are remembered in ranked order, at about 2 KB each. Between two additions to a set, several slates read it. */
const MOST_RANKED = 2000

/** How many entities are measured to know the memory of all. */
const MEASURED_ENTITIES = 200

/** Shared sums in memory. Gives the same results as the fold script in Redis; property tests check that. */
export class SharedSums {
  readonly entities = new InsertionOrderedMap<Entity>(({ row, sets }) => ({
    row: row.slice(),
    sets: sets && new Map(Array.from(sets, ([column, scored]) => [column, scored.copy()])),
  }))
  readonly #layout: SlotLayout
  readonly #ranked = new LRUCache<ScoredMembers, Remembered & { readonly limit: number }>({ max: MOST_RANKED })
  /** All members of sets that were read in any order. */
  readonly #listed = new LRUCache<ScoredMembers, Remembered>({ max: MOST_RANKED })

  constructor(layout: SlotLayout) {
    this.#layout = layout
  }

  keys(): IterableIterator<string> {
    return this.entities.keys()
  }

  /** Estimated memory of all rows and sets, with their keys, in bytes. It walks over all keys. */
  get allocated(): number {
    return sampledBytes(this.entities.entries(), this.entities.size, MEASURED_ENTITIES)
  }

  /** Adds increments. */
  apply(increments: Increments): void {
    for (const [key, gained] of increments.entities) this.#apply(key, gained)
    for (const [keys, gained] of increments.alike) for (const key of keys) this.#apply(key, gained)
  }

  #apply(key: string, gained: EntityIncrements): void {
    const entity = this.#entity(key)
    applyNumbers(entity.row, gained)
    if (gained.members.length > 0) this.#applySets(key, entity, gained)
  }

  /** Drops the row and the sets of an entity. */
  drop(key: string): void {
    this.entities.delete(key)
  }

  rows(keys: readonly string[], width: number): RowBlock {
    const data = new Float64Array(keys.length * width)
    for (let i = 0; i < keys.length; i++) {
      const entity = this.entities.get(keys[i])
      if (!entity) continue
      invariant(entity.row.length <= width, 'ROW_TOO_WIDE', 'a row of sums would be read into the row of another entity.')
      data.set(entity.row, i * width)
    }
    return { width, data }
  }

  /** Reads a set. @param limit number of members, highest first; `all` for all in any order */
  set(key: string, column: number, limit: number | 'all'): SetView {
    const entity = this.entities.get(key)
    const scored = entity?.sets?.get(column)
    if (!entity || !scored) return { epoch: 0, latest: 0, members: [], scores: new Float64Array(0) }
    const { members, scores } = limit === 'all' ? this.#all(scored) : this.#best(scored, limit)
    return { epoch: entity.row[column], latest: this.#latestAddition(key, entity.row, column), members, scores }
  }

  #latestAddition(key: string, row: Float64Array, column: number): number {
    for (const { epoch, latest } of this.#layout.timesIn(kindOf(key)).sets) if (epoch === column) return row[latest] || 0
    return 0
  }

  #all(scored: ScoredMembers): RankedMembers {
    const { changes } = scored
    const held = this.#listed.get(scored)
    if (held?.changes === changes) return held.members
    const members = list(scored)
    this.#listed.set(scored, { changes, members })
    return members
  }

  #best(scored: ScoredMembers, limit: number): RankedMembers {
    const { changes } = scored
    let held = this.#ranked.get(scored)
    if (held?.changes !== changes || held.limit < limit) {
      held = { changes, limit, members: rank(scored, limit) }
      this.#ranked.set(scored, held)
    }
    const { members, scores } = held.members
    return members.length <= limit ? held.members : { members: members.slice(0, limit), scores: scores.subarray(0, limit) }
  }

  #entity(key: string): Entity {
    const width = this.#layout.width(kindOf(key))
    let entity = this.entities.change(key)
    if (!entity) {
      entity = { row: new Float64Array(width), sets: undefined }
      this.entities.set(key, entity)
    } else if (entity.row.length < width) {
      const { row } = entity
      entity.row = new Float64Array(width)
      entity.row.set(row)
    }
    return entity
  }

  #applySets(key: string, entity: Entity, { members, gains }: EntityIncrements): void {
    const { row } = entity
    const kind = kindOf(key)
    entity.sets ??= new Map()
    // An event changes few sets of an entity, but often many members of each.
    const changed: ScoredMembers[] = []
    const columns: number[] = []
    for (let i = 0, at = 0; i < members.length; i++, at += GAIN_STRIDE) {
      const column = gains[at]
      const epoch = gains[at + 1]
      let gain = gains[at + 2]
      const isLoss = gain < 0
      let scored = changed[columns.indexOf(column)]
      if (!scored) {
        scored = this.#changing(entity.sets, column)
        columns.push(column)
        changed.push(scored)
      }
      const current = finiteOr(row[column], 0)
      if (scored.size === 0) row[column] = epoch
      else if (epoch > current) {
        scored.scale(epochScale(current, epoch))
        row[column] = epoch
      } else if (epoch < current) gain *= epochScale(epoch, current)
      const member = members[i]
      const place = scored.places.get(member)
      if (place === undefined) {
        // What is subtracted was added before. If the member was trimmed meanwhile, nothing is left to subtract it from.
        if (isLoss) continue
        const { keep, capacity } = this.#layout.setAt(kind, column)
        if (scored.size >= capacity) trim(scored, keep)
        if (Number.isFinite(gain)) scored.add(member, gain)
        else refuse()
        continue
      }
      const after = scored.scores[place] + gain
      if (isLoss && after <= 0) scored.delete(member)
      else if (Number.isFinite(after)) scored.scores[place] = after
      else refuse()
    }
  }

  /** Returns a set that is about to change. */
  #changing(sets: Map<number, ScoredMembers>, column: number): ScoredMembers {
    let scored = sets.get(column)
    if (!scored) {
      scored = new ScoredMembers()
      sets.set(column, scored)
    }
    scored.changes++
    return scored
  }
}

/** Applies the numbers of one entity to its row, in place. A zero sum or time means "nothing yet". A cell never becomes infinite: it stays. */
function applyNumbers(row: Float64Array, { numbers }: EntityIncrements): void {
  for (let i = 0; i < numbers.length; i += NUMBER_STRIDE) {
    const operation = numbers[i]
    const column = numbers[i + 1]
    const value = numbers[i + 2]
    const held = finiteOr(row[column], 0)
    let after = held
    if (operation === ADD) after = held + value
    else if (operation === MAX) after = Math.max(held, value)
    else if (operation === MIN) after = held === 0 ? value : Math.min(held, value)
    else {
      const epoch = numbers[i + 3]
      const current = finiteOr(row[column + 1], 0)
      if (held === 0 || epoch === current) after = held + value
      else if (epoch > current) after = held * epochScale(current, epoch) + value
      else after = held + value * epochScale(epoch, current)
      if (Number.isFinite(after)) row[column + 1] = held === 0 ? epoch : Math.max(epoch, current)
    }
    row[column] = finiteOr(after, held)
    if (!Number.isFinite(after)) refuse()
  }
}

function finiteOr(value: number, otherwise: number): number {
  return Number.isFinite(value) ? value : otherwise
}

/** An addition was kept out of a sum, which would not be finite with it. */
function refuse(): void {
  countFailure('SUM_NOT_FINITE')
}

/** Leaves the highest `keep` members, of equal ones those that rank first. */
function trim(scored: ScoredMembers, keep: number): void {
  const { places, scores } = scored
  const lowest = nthHighest(scoresOf(scored), keep)
  const equal: string[] = []
  let above = 0
  for (const [member, place] of places) {
    if (scores[place] > lowest) above++
    else if (scores[place] < lowest) scored.delete(member)
    else equal.push(member)
  }
  equal.sort((a, b) => compareBytes(b, a))
  for (const member of equal.slice(keep - above)) scored.delete(member)
}

/** All members with their scores, in any order. */
function list(scored: ScoredMembers): RankedMembers {
  return { members: [...scored.places.keys()], scores: scoresOf(scored) }
}

/** The scores of all members, in the order of the members. */
function scoresOf({ places, scores }: ScoredMembers): Float64Array {
  const values = new Float64Array(places.size)
  let size = 0
  for (const place of places.values()) values[size++] = scores[place]
  return values
}

/** The highest `limit` with their scores. */
function rank(scored: ScoredMembers, limit: number): RankedMembers {
  const { members, scores } = list(scored)
  const places = highestRows(scores, limit, (a, b) => compareBytes(members[b], members[a]))
  const ranked: string[] = []
  for (const place of places) ranked.push(members[place])
  const best = new Float64Array(ranked.length)
  for (let at = 0; at < best.length; at++) best[at] = scores[places[at]]
  return { members: ranked, scores: best }
}

/**
 * Sorts ties of a view, and cuts it to `limit`.
 * @param view highest score first; must contain all ties of the last member within the limit
 */
export function rankedView({ epoch, latest, members, scores }: SetView, limit: number): SetView {
  const places = members.map((_, at) => at)
  for (let first = 0, end = 0; first < Math.min(limit, places.length); first = end) {
    const score = rankScore(scores[first])
    for (end = first + 1; end < places.length && rankScore(scores[end]) === score; ) end++
    if (end - first === 1) continue
    const tied = places.slice(first, end).sort((a, b) => compareBytes(members[b], members[a]))
    places.splice(first, tied.length, ...tied)
  }
  const kept = places.slice(0, limit)
  return { epoch, latest, members: kept.map((at) => members[at]), scores: Float64Array.from(kept, (at) => scores[at]) }
}

/** Order of UTF-8 bytes, in which Redis breaks ties. It is that of UTF-16 units, but for those that stand for a half of a character. */
function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [one, other] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (one === other) continue
    return isHalf(one) || isHalf(other) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : one - other
  }
  return a.length - b.length
}

function isHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}
