import type { Slate } from './slate.ts'

/** A slate that was made, and is neither kept nor logged yet. Several streams may share it. */
export class PreparedSlate {
  /** The slate as it was made. After it is kept, it may have one more warning. */
  readonly slate: Slate
  /** Life of the requested id when the slate was asked for. */
  readonly life: string
  /** Both hold the whole ranking. They are dropped when the slate is kept, because a stream may hold on to it. */
  #keep: (() => Promise<Slate>) | undefined
  #onOver: (() => void) | undefined
  #kept: Promise<Slate> | undefined

  /** @param onOver called once, when the slate is kept or left */
  constructor(slate: Slate, life: string, keep: () => Promise<Slate>, onOver: () => void) {
    this.slate = slate
    this.life = life
    this.#keep = keep
    this.#onOver = onOver
  }

  /**
   * Keeps and logs the slate, because it is shown. The second call does nothing more.
   * @returns the slate, with a warning if the store accepts none now
   */
  keep(): Promise<Slate> {
    if (!this.#kept) {
      const keep = this.#keep!
      this.#keep = undefined
      this.#kept = keep().then((slate) => {
        this.#over()
        return slate
      })
    }
    return this.#kept
  }

  /** Neither keeps nor logs it, because the client shows the same already. */
  leave(): void {
    if (!this.#kept) this.#over()
  }

  #over(): void {
    this.#onOver?.()
    this.#onOver = undefined
  }
}
