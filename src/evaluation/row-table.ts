/** Rows of every method are looked at so far down. */
export const PLACES = 20

/** `all` rows; and those whose next item is new to the session, with the session's items taken out of every list: the primary ones. */
export const ROW_SETS = ['all', 'new'] as const
export type RowSet = (typeof ROW_SETS)[number]

/** Parts of the rows that are looked at by themselves. */
export const SLICES = ['newUsers', 'returningUsers', 'coldItems', 'firstEvents'] as const
export type Slice = (typeof SLICES)[number]

export interface RowFacts {
  /** Number of the user. */
  readonly user: number
  /** Whether the next item is new to the session. */
  readonly isNew: boolean
  readonly slices: readonly Slice[]
}

/** What is kept of judged rows: a byte for each method, row set and row. */
export class RowTable {
  readonly #users: Uint32Array
  readonly #flags: Uint8Array
  readonly #ranks: ReadonlyMap<string, Record<RowSet, Uint8Array>>
  #rows = 0

  constructor(columns: readonly string[], capacity: number) {
    this.#users = new Uint32Array(capacity)
    this.#flags = new Uint8Array(capacity)
    this.#ranks = new Map(columns.map((column) => [column, { all: new Uint8Array(capacity), new: new Uint8Array(capacity) }]))
  }

  get rows(): number {
    return this.#rows
  }

  /** Begins a row. */
  add({ user, isNew, slices }: RowFacts): void {
    this.#users[this.#rows] = user
    this.#flags[this.#rows] = slices.reduce((flags, slice) => flags | (2 << SLICES.indexOf(slice)), isNew ? 1 : 0)
    this.#rows++
  }

  /** Of the row that was begun last. @param rank 1 to 20; 0 where the next item stands further down */
  rank(column: string, rowSet: RowSet, rank: number): void {
    this.#ranks.get(column)![rowSet][this.#rows - 1] = rank
  }

  /** @param slice all rows of the set if absent */
  *read(rowSet: RowSet, columns: readonly string[], slice?: Slice): Generator<{ user: number; ranks: number[] }> {
    const wanted = (rowSet === 'new' ? 1 : 0) | (slice === undefined ? 0 : 2 << SLICES.indexOf(slice))
    const ranks = columns.map((column) => this.#ranks.get(column)![rowSet])
    for (let row = 0; row < this.#rows; row++) {
      if ((this.#flags[row] & wanted) === wanted) yield { user: this.#users[row], ranks: ranks.map((of) => of[row]) }
    }
  }
}
