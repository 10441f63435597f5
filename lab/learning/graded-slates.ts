import { meaningOf } from '../../src/accumulators/event-meaning.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { attributeOf, textOf } from '../../src/import/event-attributes.ts'
import type { GivenFeature, LoggedEvent, LoggedSlate } from '../../src/import/log-lines.ts'

/** The best outcome of an item that was shown: 0 nothing, 1 a click, 2 a cart, 3 a purchase. */
export type Grade = 0 | 1 | 2 | 3

/** An item of a slate that became visible. */
export interface ShownItem {
  readonly itemId: string
  /** 1 is the top; undefined where the log does not say. */
  readonly position: number | undefined
  readonly grade: Grade
}

/** A slate that a user saw, in whole or in part, with the outcome of each item shown. */
export interface GradedSlate {
  /** Number in the log of the first event that showed it, from 0. */
  readonly number: number
  /**
   * Place of the decision in the log. If the log has slates in their places, it is the number of the slate, below 0. Otherwise it
   * is the number of the event.
   */
  readonly decision: number
  /** Time of the first event that showed it, in ms. */
  readonly at: number
  /** Undefined where the log has no such ids. */
  readonly recommendationId: string | undefined
  readonly surface: string | undefined
  readonly device: string | undefined
  /** Features that the candidates of its request gave a value. */
  readonly givenFeatures: readonly GivenFeature[]
  /** Items in the order in which they became visible, each once. */
  readonly items: readonly ShownItem[]
}

/** What a pass over a log found about impressions and actions: numbers of items, impressions, positions and actions. */
export interface ShownCounts {
  /** Items that became visible: repetitions within a slate count once. */
  shown: number
  /** Impressions that name a slate which nobody knows, and no item. */
  unknownSlates: number
  /** Positions beyond the end of their slate. */
  beyond: number
  /** Clicks, carts and purchases. */
  actions: number
  /** Number of actions on an item that the same user was shown within the window before. */
  explained: number
}

interface Item {
  readonly slate: OpenSlate
  readonly itemId: string
  readonly position: number | undefined
  grade: Grade
  /** Whether the user dismissed the item after seeing it, which no click makes up for. */
  isDismissed: boolean
}

interface OpenSlate {
  readonly number: number
  readonly decision: number
  readonly recommendationId: string | undefined
  readonly at: number
  readonly key: string
  readonly userId: string
  readonly surface: string | undefined
  readonly device: string | undefined
  readonly givenFeatures: readonly GivenFeature[]
  readonly items: Map<string, Item>
}

/** Longest slate that is made of impressions which name none. */
const LONGEST = 200

/**
 * Finds the slates of a log, and the outcomes of their items. Impressions of one user that name the same slate, by
 * recommendationId or by `eventAttributes.slate`, form one slate. Impressions that name none form one slate if they belong to one
 * session and surface, and come within the pause of a session after the first of them. An action counts for the slate that it
 * names, or else for the slate in which the user last saw the item. It counts within a window from the first impression of the
 * slate. Events of marked traffic are left out. Only slates of the last window are kept.
 */
export class GradedSlates {
  readonly counts: ShownCounts = { shown: 0, unknownSlates: 0, beyond: 0, actions: 0, explained: 0 }
  readonly #domain: Domain
  readonly #window: number
  readonly #onOpened: (number: number, event: LoggedEvent) => void
  readonly #onClosed: (slate: GradedSlate) => void
  /** In the order of their beginning, which is that of their end. */
  readonly #open = new Set<OpenSlate>()
  readonly #byKey = new Map<string, OpenSlate>()
  readonly #latest = new Map<string, Item>()
  /** Those that the log has in their places: each is decided once, whenever it is seen again. */
  readonly #decided = new WeakSet<LoggedSlate>()

  /**
   * @param window ms
   * @param onOpened called at the first impression of a slate
   * @param onClosed called when no more outcomes of a slate can count
   */
  constructor(
    domain: Domain,
    window: number,
    onOpened: (number: number, event: LoggedEvent) => void = () => {},
    onClosed: (slate: GradedSlate) => void = () => {},
  ) {
    this.#domain = domain
    this.#window = window
    this.#onOpened = onOpened
    this.#onClosed = onClosed
  }

  /** @param slate that the event names by its recommendationId, where it is known */
  add(number: number, event: LoggedEvent, slate: LoggedSlate | undefined): void {
    for (const open of this.#open) {
      if (event.timestamp - open.at <= this.#window) break
      this.#close(open)
    }
    const { attribute, uncounted } = this.#domain.limits.traffic
    if (uncounted.includes(textOf(event, attribute) ?? '')) return
    const { role } = meaningOf(this.#domain, event.eventType)
    if (role === 'impression') this.#show(number, event, slate)
    else if (role === 'click') this.#act(event, 1)
    else if (role === 'cart') this.#act(event, 2)
    else if (role === 'purchase') this.#act(event, 3)
    else if (role === 'dismiss' || role === 'undismiss') this.#decide(event, role === 'dismiss')
  }

  /** The log is over. */
  end(): void {
    for (const open of this.#open) this.#close(open)
  }

  #show(number: number, event: LoggedEvent, slate: LoggedSlate | undefined): void {
    const visible = this.#visible(event, slate)
    if (visible.length === 0) return
    const open = this.#slateOf(number, event, slate)
    if (!open) return
    for (const { itemId, position } of visible) {
      let item = open.items.get(itemId)
      if (!item) {
        item = { slate: open, itemId, position, grade: 0, isDismissed: false }
        open.items.set(itemId, item)
        this.counts.shown++
      }
      this.#latest.set(itemKey(event.userId, itemId), item)
    }
  }

  #visible(event: LoggedEvent, slate: LoggedSlate | undefined): { itemId: string; position: number | undefined }[] {
    const { itemId, positions, recommendationId } = event
    if (itemId != null) return [{ itemId, position: positionOf(event, slate) }]
    if (recommendationId == null || !positions) return []
    if (!slate) {
      this.counts.unknownSlates++
      return []
    }
    return positions.flatMap((position) => {
      const shown = slate.items[position - 1]
      if (shown) return [{ itemId: shown.itemId, position }]
      this.counts.beyond++
      return []
    })
  }

  /** Undefined for one that is over. */
  #slateOf(number: number, event: LoggedEvent, slate: LoggedSlate | undefined): OpenSlate | undefined {
    const { userId, sessionId, timestamp } = event
    const surface = textOf(event, 'surface') ?? slate?.surface ?? undefined
    const name = slateOf(event)
    const key = name === undefined ? `${userId}\0\0${sessionId ?? ''}\0${surface ?? ''}` : slateKey(userId, name)
    const known = this.#byKey.get(key)
    const goesOn =
      known && (name !== undefined || (timestamp - known.at <= this.#domain.expiry.session && known.items.size < LONGEST))
    if (known && goesOn) return known
    if (slate?.decision !== undefined && this.#decided.has(slate)) return undefined
    const device = textOf(event, 'device') ?? slate?.device ?? undefined
    const { decision = number, recommendationId, givenFeatures = [] } = slate ?? {}
    const at = { number, decision, recommendationId, givenFeatures, at: timestamp }
    const opened: OpenSlate = { ...at, key, userId, surface, device, items: new Map() }
    if (slate) this.#decided.add(slate)
    this.#open.add(opened)
    this.#byKey.set(key, opened)
    this.#onOpened(number, event)
    return opened
  }

  #act(event: LoggedEvent, grade: Grade): void {
    if (event.itemId == null) return
    this.counts.actions++
    const item = this.#itemOf(event, slateOf(event))
    if (!item) return
    this.counts.explained++
    if (grade > item.grade) item.grade = grade
  }

  /** The user dismisses an item, or takes that back. It counts where the user saw the item last, whatever slate the event names. */
  #decide(event: LoggedEvent, isDismissed: boolean): void {
    const item = this.#itemOf(event, undefined)
    if (item) item.isDismissed = isDismissed
  }

  /** Returns the item of a slate that an event explains; undefined without one, or after the window. */
  #itemOf({ userId, itemId, timestamp }: LoggedEvent, name: string | undefined): Item | undefined {
    if (itemId == null) return undefined
    const item =
      name === undefined ? this.#latest.get(itemKey(userId, itemId)) : this.#byKey.get(slateKey(userId, name))?.items.get(itemId)
    // In the order in which a service recorded them, events need not be in that of time.
    return item && timestamp <= item.slate.at + this.#window ? item : undefined
  }

  #close(open: OpenSlate): void {
    const { number, decision, at, recommendationId, surface, device, givenFeatures, userId, key, items } = open
    this.#open.delete(open)
    if (this.#byKey.get(key) === open) this.#byKey.delete(key)
    for (const item of items.values()) {
      const shownTo = itemKey(userId, item.itemId)
      if (this.#latest.get(shownTo) === item) this.#latest.delete(shownTo)
    }
    const shown = [...items.values()].map(({ itemId, position, grade, isDismissed }) => ({
      itemId,
      position,
      grade: isDismissed ? 0 : grade,
    }))
    const slate = { number, decision, at, recommendationId, surface, device, givenFeatures }
    this.#onClosed({ ...slate, items: shown })
  }
}

function itemKey(userId: string, itemId: string): string {
  return `${userId}\0${itemId}`
}

function slateKey(userId: string, name: string): string {
  return `${userId}\0${name}`
}

function slateOf(event: LoggedEvent): string | undefined {
  return event.recommendationId ?? textOf(event, 'slate')
}

function positionOf(event: LoggedEvent, slate: LoggedSlate | undefined): number | undefined {
  const served = slate?.items.findIndex((item) => item.itemId === event.itemId) ?? -1
  if (served >= 0) return served + 1
  const sent = attributeOf(event, 'position')
  return typeof sent === 'number' && Number.isInteger(sent) && sent > 0 ? sent : undefined
}
