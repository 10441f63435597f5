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
