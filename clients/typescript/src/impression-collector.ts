import type { Clock } from './clock.ts'
import type { RecordEventInput } from './operations.ts'

/** Slates of which the collector knows what it has reported. */
const KNOWN_SLATES = 100

/** Where an item is shown: its slate, its position in this slate, and its surface (place in the app). */
export interface ShownItem {
  readonly recommendationId: string
  /** 1 is the top of the slate. */
  readonly position: number
  readonly surface?: string | undefined
}

/** An event without the fields that the client adds. */
export type Impression = Pick<RecordEventInput, 'eventType' | 'recommendationId' | 'positions' | 'eventAttributes'>

export interface ImpressionCollectorOptions {
  readonly record: (impression: Impression) => void
  readonly clock: Clock
  /** Time that an item must be visible without a break until it counts as seen, in ms. */
  readonly dwellMs: number
  /** Share of the element that must be visible, 0 to 1. */
  readonly visibleShare: number
  /** Time in which seen items of a slate are put into one event, in ms. */
  readonly gatherMs: number
}

/** An item on screen. */
interface Visible {
  readonly item: ShownItem
  cancelDwell: () => void
}

/** Reports which items the user saw, once for each item of each slate. */
export class ImpressionCollector {
  readonly #options: ImpressionCollectorOptions
  readonly #visible = new Map<string, Visible>()
  readonly #reported = new Map<string, Set<number>>()
  readonly #targets = new Map<Element, ShownItem>()
  #seen: ShownItem[] = []
  #cancelGathering: (() => void) | undefined
  #observer: IntersectionObserver | undefined
  #isHidden = false

  constructor(options: ImpressionCollectorOptions) {
    this.#options = options
  }

  /**
   * Watches an element that shows an item, in a browser. Where there is no IntersectionObserver, it does nothing: call `show` and `hide`.
   *
   * @returns a function that ends the watch
   */
  observe(element: Element, item: ShownItem): () => void {
    if (typeof IntersectionObserver === 'undefined') return () => {}
    const { visibleShare } = this.#options
    this.#observer ??= new IntersectionObserver((entries) => this.#intersect(entries), { threshold: visibleShare })
    this.#targets.set(element, item)
    this.#observer.observe(element)
    return () => {
      this.#observer?.unobserve(element)
      this.#targets.delete(element)
      this.hide(item)
    }
  }

  /** Call this when an item becomes visible, in apps without a DOM. */
  show(item: ShownItem): void {
    const key = keyOf(item)
    if (this.#visible.has(key) || this.#reported.get(item.recommendationId)?.has(item.position)) return
    this.#visible.set(key, { item, cancelDwell: this.#isHidden ? () => {} : this.#dwell(item) })
  }

  /** Call this when an item is no longer visible. */
  hide(item: ShownItem): void {
    this.#visible.get(keyOf(item))?.cancelDwell()
    this.#visible.delete(keyOf(item))
  }

  /** Call this when the page or app goes to the background (true), where nobody sees it, and when it comes back (false). */
  setHidden(isHidden: boolean): void {
    if (this.#isHidden === isHidden) return
    this.#isHidden = isHidden
    for (const visible of this.#visible.values()) {
      visible.cancelDwell()
      if (!isHidden) visible.cancelDwell = this.#dwell(visible.item)
    }
    if (isHidden) this.flush()
  }

  /** Reports at once what was seen. */
  flush(): void {
    this.#cancelGathering?.()
    this.#cancelGathering = undefined
    const seen = this.#seen
    this.#seen = []
    for (const recommendationId of new Set(seen.map((item) => item.recommendationId))) {
      const ofSlate = seen.filter((item) => item.recommendationId === recommendationId)
      const surface = ofSlate[0]?.surface
      this.#options.record({
        eventType: 'impression',
        recommendationId,
        positions: ofSlate.map(({ position }) => position).sort((a, b) => a - b),
        ...(surface !== undefined && { eventAttributes: { surface } }),
      })
    }
  }

  /** Reports what was seen, and watches nothing more. */
  close(): void {
    this.flush()
    this.#observer?.disconnect()
    for (const { cancelDwell } of this.#visible.values()) cancelDwell()
    this.#visible.clear()
  }

  #dwell(item: ShownItem): () => void {
    return this.#options.clock.after(this.#options.dwellMs, () => this.#see(item))
  }

  #see(item: ShownItem): void {
    this.#visible.delete(keyOf(item))
    const reported = this.#reported.get(item.recommendationId) ?? new Set()
    this.#reported.set(item.recommendationId, reported)
    if (reported.has(item.position)) return
    reported.add(item.position)
    if (this.#reported.size > KNOWN_SLATES) this.#reported.delete(this.#reported.keys().next().value!)
    this.#seen.push(item)
    this.#cancelGathering ??= this.#options.clock.after(this.#options.gatherMs, () => this.flush())
  }

  #intersect(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting, intersectionRatio } of entries) {
      const item = this.#targets.get(target)
      if (!item) continue
      // An element that only touches the screen intersects too.
      if (isIntersecting && intersectionRatio >= this.#options.visibleShare) this.show(item)
      else this.hide(item)
    }
  }
}

/** Returns the same text for the same place of the same slate. */
export function keyOf({ recommendationId, position }: Pick<ShownItem, 'recommendationId' | 'position'>): string {
  return `${position} ${recommendationId}`
}
