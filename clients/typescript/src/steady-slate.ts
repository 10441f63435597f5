import type { Clock } from './clock.ts'
import { Listeners } from './listeners.ts'
import type { OptimisticRemovals } from './optimistic-removals.ts'
import type { RequestFailure } from './request-failure.ts'
import type { Recommendation, Slate } from './slate.ts'

/** When a new slate takes the place of the one on screen. */
export type SwapWhen =
  /** As soon as the user does not touch the list. */
  | 'untouched'
  /** When the app calls `accept`, for example by a button "Show new recommendations". */
  | 'accepted'

/** An item on screen, with what events on it must name. */
export interface SteadyItem extends Recommendation {
  readonly itemId: string
  /** The slate on screen from which the item is. */
  readonly recommendationId: string
}

/** What the screen shows. It never changes: each change makes a new one. */
export interface SteadyView {
  /** Undefined until the first slate has come. */
  readonly slate: Slate | undefined
  /** Items to show, in their order. */
  readonly items: readonly SteadyItem[]
  /** Whether a newer slate waits. */
  readonly isOffered: boolean
  /** Latest failure, until the next slate comes. */
  readonly problem: RequestFailure | undefined
}

export interface SteadySlateOptions {
  readonly swapWhen: SwapWhen
  /** Time after the last touch until a waiting slate is shown, in ms: a list that was pushed still scrolls. */
  readonly settleMs: number
  readonly clock: Clock
  readonly removals: OptimisticRemovals
}

/** The view before the first slate has come. */
export const NOTHING: SteadyView = { slate: undefined, items: [], isOffered: false, problem: undefined }

/** The slate on screen, and the one that waits to take its place. Items do not move while the user touches the list. */
export class SteadySlate {
  readonly #options: SteadySlateOptions
  readonly #listeners = new Listeners()
  readonly #touches = new Set<string>()
  #shown: Slate | undefined
  #offered: Slate | undefined
  #problem: RequestFailure | undefined
  #view = NOTHING
  #cancelSettling: (() => void) | undefined

  constructor(options: SteadySlateOptions) {
    this.#options = options
  }

  /** What to show now. The same object is returned until something changes. */
  get view(): SteadyView {
    return this.#view
  }

  /** Calls the listener after each change. Returns a function that ends this. */
  listen(listener: () => void): () => void {
    return this.#listeners.add(listener)
  }

  receive(slate: Slate): void {
    this.#problem = undefined
    if (this.#shown === undefined || this.#mayMove()) this.#show(slate)
    else this.#offered = slate
    this.refresh()
  }

  fail(problem: RequestFailure): void {
    this.#problem = problem
    this.refresh()
  }

  /** Shows the waiting slate, because the user wants it. */
  accept(): void {
    if (this.#offered) this.#show(this.#offered)
    this.refresh()
  }

  /** The user begins to touch the list. `by` tells touches apart that overlap, such as pointer and keyboard. */
  hold(by: string): void {
    this.#touches.add(by)
    this.#cancelSettling?.()
    this.#cancelSettling = undefined
  }

  /** The user no longer touches the list. */
  release(by: string): void {
    if (!this.#touches.delete(by) || this.#touches.size > 0) return
    const { clock, settleMs } = this.#options
    this.#cancelSettling = clock.after(settleMs, () => {
      this.#cancelSettling = undefined
      if (this.#offered && this.#mayMove()) this.accept()
    })
  }

  /** Makes the view anew, after a change of the removals. */
  refresh(): void {
    const slate = this.#shown
    const { removals } = this.#options
    this.#view = {
      slate,
      items: slate ? itemsOf(slate).filter(({ itemId }) => !removals.leavesOut(itemId, slate)) : [],
      isOffered: this.#offered !== undefined,
      problem: this.#problem,
    }
    this.#listeners.call()
  }

  #mayMove(): boolean {
    return this.#options.swapWhen === 'untouched' && this.#touches.size === 0 && this.#cancelSettling === undefined
  }

  #show(slate: Slate): void {
    if (slate.trigger === 'RESYNC' || slate.trigger === 'ERASED') this.#options.removals.clear()
    this.#shown = slate
    this.#offered = undefined
  }
}

function itemsOf(slate: Slate): SteadyItem[] {
  const { recommendationId } = slate
  return slate.items.map((one) => ({ ...one, itemId: one.item.itemId, recommendationId }))
}
