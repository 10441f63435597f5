import { Numbering } from '../numbering.ts'
import { type RankedItems, ScoredItems } from './ranked-items.ts'

/**
 * Popularity that fades: the score of an item at time t is Σ weight · 2^(−(t − time of the event)/half-life) over its events. All
 * scores fade alike, so their order changes with events only. The scores are kept as logarithms for one fixed time: after many
 * half-lives, the numbers themselves would leave the range of floating point.
 */
export class DecayedPopularity {
  readonly #halfLife: number
  readonly #numbers = new Numbering<string>()
  readonly #log2: number[] = []
  /** As of the latest event; absent until it is asked for. */
  #ranked: RankedItems | undefined

  /** @param halfLife in ms */
  constructor(halfLife: number) {
    this.#halfLife = halfLife
  }

  /** Learns an event. @param weight 0 or more; an event of weight 0 changes nothing @param at in ms */
  learn(itemId: string, weight: number, at: number): void {
    if (weight === 0) return
    this.#ranked = undefined
    const added = Math.log2(weight) + at / this.#halfLife
    const number = this.#numbers.of(itemId)
    if (number === this.#log2.length) {
      this.#log2.push(added)
      return
    }
    const [low, high] = [Math.min(added, this.#log2[number]), Math.max(added, this.#log2[number])]
    this.#log2[number] = high + Math.log2(1 + 2 ** (low - high))
  }

  /** Returns the items as ranked by now. Equal scores are in the order of the ids. Later events change what it returned. */
  ranked(): RankedItems {
    const { names } = this.#numbers
    this.#ranked ??= new ScoredItems([...names.keys()], this.#log2, (number) => names[number])
    return this.#ranked
  }

  /** Returns the score of an item at a time, in ms; 0 if it has no events. */
  scoreAt(itemId: string, at: number): number {
    const number = this.#numbers.find(itemId)
    return number === undefined ? 0 : 2 ** (this.#log2[number] - at / this.#halfLife)
  }
}
