import { answered } from './redis-errors.ts'

/** Most reads that one command takes: Redis answers nobody else meanwhile. */
const AT_ONCE = 256

export interface JoinedReadsOptions<Read, Found> {
  /** Two reads with the same id find the same. */
  readonly idOf: (read: Read) => string
  /** Name of the slot of the read's keys: one command can take the reads of one slot. */
  readonly slotOf: (read: Read) => string
  /** Sends one command. Returns what each read finds. */
  readonly send: (reads: readonly Read[]) => Promise<readonly Found[]>
}

/** Reads of one turn of the event loop. */
interface Turn<Read, Found> {
  readonly reads: Read[]
  /** Place of each read, by its id. */
  readonly places: Map<string, number>
  readonly found: Promise<Found[]>
}

/**
 * Joins the reads of one turn of the event loop: one command for each slot, and each read once. Slates that are made at the same
 * time read much the same.
 */
export class JoinedReads<Read, Found> {
  readonly #options: JoinedReadsOptions<Read, Found>
  #turn: Turn<Read, Found> | undefined

  constructor(options: JoinedReadsOptions<Read, Found>) {
    this.#options = options
  }

  /**
   * Returns what each read finds, in the order of the reads. Other callers may get the same objects.
   * @throws UnavailableError if the store does not answer
   */
  async read(reads: readonly Read[]): Promise<Found[]> {
    if (reads.length === 0) return []
    this.#turn ??= this.#begin()
    const { reads: all, places, found } = this.#turn
    const { idOf } = this.#options
    const wanted = new Uint32Array(reads.length)
    for (let at = 0; at < reads.length; at++) {
      const id = idOf(reads[at])
      let place = places.get(id)
      if (place === undefined) {
        place = all.push(reads[at]) - 1
        places.set(id, place)
      }
      wanted[at] = place
    }
    const everything = await found
    return Array.from(wanted, (place) => everything[place])
  }

  #begin(): Turn<Read, Found> {
    const reads: Read[] = []
    const found = new Promise<Found[]>((resolve) => {
      // After everything that waited for the same answer has gone on.
      process.nextTick(() => {
        this.#turn = undefined
        resolve(this.#send(reads))
      })
    })
    return { reads, places: new Map(), found }
  }

  async #send(reads: readonly Read[]): Promise<Found[]> {
    const { slotOf, send } = this.#options
    const bySlot = new Map<string, number[]>()
    for (const [place, read] of reads.entries()) {
      const slot = slotOf(read)
      const held = bySlot.get(slot)
      if (held) held.push(place)
      else bySlot.set(slot, [place])
    }
    const found = new Array<Found>(reads.length)
    const calls = [...bySlot.values()].flatMap((places) =>
      Array.from({ length: Math.ceil(places.length / AT_ONCE) }, (_, n) => places.slice(n * AT_ONCE, (n + 1) * AT_ONCE)),
    )
    await answered(
      Promise.all(
        calls.map(async (places) => {
          const answers = await send(places.map((place) => reads[place]))
          for (let at = 0; at < places.length; at++) found[places[at]] = answers[at]
        }),
      ),
    )
    return found
  }
}
