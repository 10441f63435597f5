import type { Client } from '@urql/core'
import { type AppEvent, type EventOutcome, LiverankClient } from '../../../clients/typescript/src/index.ts'
import type { Connection } from './connection.ts'
import { EventLog } from './event-log.ts'
import { PanelFeed } from './panel-feed.ts'
import type { Product } from './product.ts'
import { Store } from './store.ts'
import { TapTimes } from './tap-times.ts'

/** Where in a slate an item stood on which the shopper acts. */
export interface Placement {
  readonly surface: string
  /** Absent if no slate showed the item. */
  readonly recommendationId?: string
  readonly position?: number
}

type ShopEvent = AppEvent & { readonly itemId: string }

export interface ShopSessionOptions {
  readonly userId: string
  readonly api: Client
  readonly connection: Connection
}

/** What one shopper does in this window: the client that sends events, and what the panel shows of it. */
export class ShopSession {
  readonly userId: string
  readonly client: LiverankClient
  readonly events = new EventLog()
  readonly tapTimes = new TapTimes()
  readonly feed: PanelFeed
  /** The product that the shopper has just taken out of the recommendations; undefined if that was taken back. */
  readonly dismissed = new Store<Product | undefined>(undefined)
  /** Number of events that wait for an answer. */
  readonly waiting = new Store(0)
  /** Products that the shopper has opened, by their ids. */
  readonly #known = new Map<string, Product>()
  readonly #connection: Connection
  readonly #stopListening: () => void
  #opened: string | undefined

  constructor({ userId, api, connection }: ShopSessionOptions) {
    this.userId = userId
    this.#connection = connection
    this.#stopListening = connection.isOut.listen(() => this.#follow(connection.isOut.value))
    const onSlate = ({ version }: { readonly version: number }) => this.tapTimes.arrived(version, performance.now())
    this.client = new LiverankClient({
      url: new URL('/graphql', location.href).href,
      userId,
      fetch: connection.fetch,
      webSocket: connection.socketClass,
      onOutcome: (outcome) => this.#settle(outcome),
      onSlate,
      onProblem: () => {
        // What is sent a second time has waited.
        this.tapTimes.forgetAll()
        void connection.check()
        this.#count()
      },
    })
    this.feed = new PanelFeed({ api, userId, onSlate })
  }

  /** The shopper opens the page of a product, by a link. */
  open(product: Product, placement: Placement): void {
    this.#opened = product.itemId
    this.#known.set(product.itemId, product)
    this.act(placement.recommendationId === undefined ? 'view' : 'click', product, placement)
  }

  /** Returns a product as it was when the shopper opened it; undefined if no link of the shop has led to it. */
  known(itemId: string): Product | undefined {
    return this.#known.get(itemId)
  }

  /** The page of a product is on screen. If no link of the shop has led to it, it counts as a view. */
  arriveAt(product: Product): void {
    if (this.#opened !== product.itemId) this.act('view', product, { surface: 'item_page' })
    this.#opened = undefined
  }

  /** Records what the shopper did with a product. */
  act(eventType: string, product: Product, placement: Placement): void {
    this.#record(eventOf(eventType, product, placement), (event) => this.client.recordEvent(event))
  }

  /** The shopper does not want to see a product any more. */
  dismiss(product: Product, placement: Placement): void {
    this.#record(eventOf('dismiss', product, placement), (event) => this.client.recordRemoval(event))
    this.dismissed.set(product)
  }

  /** Takes back the latest dismissal. */
  undismiss(surface: string): void {
    const product = this.dismissed.value
    if (!product) return
    this.#record(eventOf('undismiss', product, { surface }), (event) => this.client.recordReturn(event))
    this.dismissed.set(undefined)
  }

  close(): void {
    this.#stopListening()
    this.feed.close()
    this.client.close()
  }

  #record(event: ShopEvent, record: (event: ShopEvent) => Promise<string>): void {
    const eventId = newEventId()
    this.events.sent({ eventId, eventType: event.eventType, itemId: event.itemId })
    if (!this.#connection.isOut.value) this.tapTimes.begin(eventId, performance.now())
    void record({ ...event, eventId }).then(() => this.#count())
    this.#count()
  }

  /** The service is lost, or back. A tap that waits for a connection says nothing about how fast the service is. */
  #follow(isOut: boolean): void {
    if (isOut) this.tapTimes.forgetAll()
    else void this.client.wake()
  }

  #settle(outcome: EventOutcome): void {
    const { event, userVersion, status, counted } = outcome
    this.events.settle(outcome)
    if (status === 'RECORDED' && counted && userVersion !== null) this.tapTimes.recorded(event.eventId, userVersion)
    else this.tapTimes.forget(event.eventId)
    this.#count()
  }

  #count(): void {
    this.waiting.set(this.client.waitingEvents)
  }
}

function eventOf(eventType: string, { itemId, price }: Product, { surface, position, recommendationId }: Placement): ShopEvent {
  const eventAttributes = { surface, ...(position !== undefined && { position }), ...(price !== undefined && { price }) }
  return { eventType, itemId, eventAttributes, ...(recommendationId !== undefined && { recommendationId }) }
}

function newEventId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
