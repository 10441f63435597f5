import { crc32 } from 'node:zlib'
import { START } from '../support/settable-clock.ts'
import { Chance } from './chance.ts'

interface Happening {
  readonly at: number
  readonly happen: () => void
}

/** Work in slices goes on from one turn of the event loop to the next, and plans nothing meanwhile. */
const IDLE_TURNS = 1000

/** Time, order and chance of one run. Nothing in it waits for the real clock, and one seed decides all. */
export class World {
  readonly chance: Chance
  /** Told about everything that happens, to read how a seed came to fail. */
  readonly #narrate: ((line: string) => void) | undefined
  /** In order of time; of one moment, in the order in which they were planned. */
  readonly #agenda: Happening[] = []
  #now = START
  #trace = 0
  #steps = 0
  #numbers = 0
  /** Errors that nothing in the plan of the run accounts for. */
  readonly defects: Error[] = []

  constructor(seed: number, narrate?: (line: string) => void) {
    this.chance = new Chance(seed)
    this.#narrate = narrate
  }

  /** ms since 1970, in fractions. */
  get now(): number {
    return this.#now
  }

  /** Sums up everything that happened so far, in order. */
  get trace(): number {
    return this.#trace
  }

  get steps(): number {
    return this.#steps
  }

  /** Another one each time. */
  unique(): number {
    return ++this.#numbers
  }

  /** @returns takes it back */
  at(time: number, happen: () => void): () => void {
    const planned = { at: Math.max(time, this.#now), happen }
    let low = 0
    let high = this.#agenda.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#agenda[middle].at <= planned.at) low = middle + 1
      else high = middle
    }
    this.#agenda.splice(low, 0, planned)
    return () => {
      const index = this.#agenda.indexOf(planned)
      if (index >= 0) this.#agenda.splice(index, 1)
    }
  }

  after(ms: number, happen: () => void): () => void {
    return this.at(this.#now + ms, happen)
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /** Lets things happen until `done`. @returns false when it is not done by this time, or nothing is left to happen */
  async run(done: () => boolean, until = Number.POSITIVE_INFINITY): Promise<boolean> {
    for (let idle = 0; !done(); ) {
      const next = this.#agenda[0]
      if (next ? next.at > until : ++idle > IDLE_TURNS) return false
      if (next) {
        idle = 0
        this.#agenda.shift()
        this.#now = next.at
        this.#steps++
        next.happen()
      }
      // Whatever follows from it by promises alone has come to its end when the turn of the event loop has.
      await new Promise(setImmediate)
    }
    return true
  }

  /** @param outcome left out of the trace: it follows from the rest */
  note(what: string, details: readonly string[] = [], outcome?: unknown): void {
    this.#trace = crc32(`${this.#now} ${what}`, this.#trace)
    for (const detail of details) this.#trace = crc32(detail, this.#trace)
    if (!this.#narrate) return
    const time = (this.#now - START).toFixed(2).padStart(10)
    const came = outcome === undefined ? '' : ` → ${shortened(JSON.stringify(outcome))}`
    this.#narrate(`${time}  ${what} ${details.map(shortened).join(' ')}${came}`)
  }
}

function shortened(detail: string): string {
  const printable = detail.replace(/[^\x20-\x7e]/g, '·')
  return printable.length > 60 ? `${printable.slice(0, 60)}…` : printable
}
