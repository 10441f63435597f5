import { LIVES, lifeNumber } from '../partition.ts'

/** Which users are being erased, and how many erasures have ended. A slate that was asked for before is not kept. */
export class Lives {
  /** Number of erasures under way, by user. */
  readonly #underWay = new Map<string, number>()
  readonly #ended = new Uint32Array(LIVES)

  /** Returns the life of a user: another one after each erasure. */
  of(userId: string): string {
    return String(this.#ended[lifeNumber(userId)])
  }

  /** Returns whether a slate of a user may be kept. @param life when it was asked for; undefined for any */
  admit(userId: string, life: string | undefined): boolean {
    return !this.#underWay.has(userId) && (life === undefined || life === this.of(userId))
  }

  begin(userIds: readonly string[]): void {
    for (const userId of userIds) this.#underWay.set(userId, 1 + (this.#underWay.get(userId) ?? 0))
  }

  end(userIds: readonly string[]): void {
    for (const userId of userIds) {
      const left = this.#underWay.get(userId)! - 1
      if (left > 0) this.#underWay.set(userId, left)
      else this.#underWay.delete(userId)
      this.#ended[lifeNumber(userId)]++
    }
  }
}
