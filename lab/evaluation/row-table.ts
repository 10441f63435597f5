import { perRowSet, ROW_SETS, type RowSet } from './row-sets.ts'

/** Users with fewer actions than this, before a row or before something is shown, are in the slice `fewActions`. */
export const FEW_ACTIONS = 3

/** Number of places of each list that are judged. */
export const PLACES = 20

/** Parts of the rows with figures of their own. `fewActions`: rows before which the user acted fewer than three times. */
export const SLICES = ['newUsers', 'returningUsers', 'fewActions', 'coldItems', 'firstEvents'] as const
export type Slice = (typeof SLICES)[number]

/** What decides in which figures a row counts. */
export interface RowFacts {
  /** Number of the user. */
  readonly user: number
  /** Sets that the row belongs to. */
  readonly rowSets: readonly RowSet[]
  readonly slices: readonly Slice[]
}

/** A table of judged rows: one byte for each method, row set and row. */
export class RowTable {
  readonly #users: Uint32Array
  readonly #flags: Uint16Array
  readonly #ranks: ReadonlyMap<string, Record<RowSet, Uint8Array>>
  #rows = 0

  constructor(columns: readonly string[], capacity: number) {
    this.#users = new Uint32Array(capacity)
    this.#flags = new Uint16Array(capacity)
    this.#ranks = new Map(columns.map((column) => [column, perRowSet(() => new Uint8Array(capacity))]))
  }

  /** Begins a row. */
  add({ user, rowSets, slices }: RowFacts): void {
    this.#users[this.#rows] = user
    this.#flags[this.#rows] = flagsOf(rowSets, slices)
    this.#rows++
  }

  /** Sets the rank of a method in the row that was added last. @param rank 1 to 20; 0 if the next item is further down */
  rank(column: string, rowSet: RowSet, rank: number): void {
    this.#ranks.get(column)![rowSet][this.#rows - 1] = rank
  }

  /** @param slice all rows of the set if absent */
  *read(rowSet: RowSet, columns: readonly string[], slice?: Slice): Generator<{ user: number; ranks: number[] }> {
    const wanted = flagsOf([rowSet], slice === undefined ? [] : [slice])
    const ranks = columns.map((column) => this.#ranks.get(column)![rowSet])
    for (let row = 0; row < this.#rows; row++) {
      if ((this.#flags[row] & wanted) === wanted) yield { user: this.#users[row], ranks: ranks.map((of) => of[row]) }
    }
  }
}

function flagsOf(rowSets: readonly RowSet[], slices: readonly Slice[]): number {
  const places = [
    ...rowSets.map((rowSet) => ROW_SETS.indexOf(rowSet)),
    ...slices.map((slice) => ROW_SETS.length + SLICES.indexOf(slice)),
  ]
  return places.reduce((flags, place) => flags | (1 << place), 0)
}
