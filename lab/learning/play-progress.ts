/** Says how far a log has been played. */
export class PlayProgress {
  readonly #until: number
  readonly #log: (line: string) => void
  readonly #started = performance.now()
  #taken = 0

  /** @param until number of events that are played @param log gets lines of progress */
  constructor(until: number, log: (line: string) => void) {
    this.#until = until
    this.#log = log
  }

  /** Counts a decision. @param number of its event, from 0 */
  decided(number: number): void {
    this.#taken++
    if (this.#taken % 2000 === 0)
      this.#log(`  ${this.#taken} decisions, ${((100 * number) / this.#until).toFixed(0)} % of the log`)
  }

  /** Says how long it took. */
  end(): void {
    this.#log(`  ${this.#taken} decisions in ${((performance.now() - this.#started) / 1000).toFixed(1)} s`)
  }
}
