import { examination, FIRST_SCREEN, SLATE_LENGTH, type Surface } from './examination.ts'
import { nextPage } from './page-choice.ts'
import { drawSearch } from './search-engine.ts'
import type { Session } from './session.ts'
import type { ItemTruth } from './shop.ts'
import { appeal, type Shopper } from './shopper.ts'
import { type CartLine, FATES, type Fate, type Origin, timesShown } from './shopper-memory.ts'
import type { SimulatedEvent, SimulatedEventType } from './simulated-event.ts'
import type { ServedSlate, SlateRequest } from './slate-request.ts'

/** The next step of a session: a request for a slate, which the caller passes to `next`, or an event. */
export type Step = { kind: 'ask'; request: SlateRequest } | { kind: 'event'; event: SimulatedEvent }

/**
 * A session that runs step by step. It waits at each request for a slate until the caller passes one; undefined if there is
 * none.
 */
export type Steps = Generator<Step, void, ServedSlate | undefined>

const LISTING_LENGTH = 12
const CART_LENGTH = 8
const HOUR_MS = 3_600_000

/**
 * Makes the step machine of a session. It changes nothing but the session and its memory. Times are those of the simulation and
 * strictly increase. Event ids are the session's id with a running number.
 */
export function sessionSteps(shopper: Shopper, session: Session): Steps {
  return new Visit(shopper, session).steps()
}

/**
 * Runs a session against a recommender that takes its time.
 *
 * @param askSlate called whenever a screen wants a slate; it may throw, which ends the session
 * @param now maps a moment of the simulation to the time that events are to carry (milliseconds since 1970), and may wait until
 *   that moment has come; it is called before each slate and each event. The simulation's own time by default.
 */
export async function* runSession(
  shopper: Shopper,
  session: Session,
  askSlate: (request: SlateRequest) => ServedSlate | Promise<ServedSlate>,
  now: (moment: number) => number | Promise<number> = (moment) => moment,
): AsyncGenerator<SimulatedEvent, void, void> {
  const steps = sessionSteps(shopper, session)
  let last = Number.NEGATIVE_INFINITY
  let step = steps.next()
  while (!step.done) {
    if (step.value.kind === 'ask') {
      await now(session.at)
      step = steps.next(await askSlate(step.value.request))
    } else {
      const { event } = step.value
      last = Math.max(last + 1, Math.floor(await now(event.timestamp)))
      yield { ...event, timestamp: last }
      step = steps.next()
    }
  }
}

class Visit {
  readonly #shopper: Shopper
  readonly #session: Session
  #events = 0
  #slates = 0

  constructor(shopper: Shopper, session: Session) {
    this.#shopper = shopper
    this.#session = session
  }

  *steps(): Steps {
    const { random, purpose, memory, ranksSearches } = this.#session
    yield this.#happens('session_start')
    if (purpose === 'checkout') {
      const anchorItemId = [...memory.cart.keys()].at(-1)
      if (anchorItemId !== undefined && random.chance(0.5)) yield* this.#slate('cart', { anchorItemId })
      yield* this.#checkout()
      if (random.chance(0.3)) yield* this.#slate('home')
      return
    }
    let arriving = true
    while (this.#session.pagesLeft > 0) {
      const page = nextPage(random.uniform(), arriving, ranksSearches)
      if (page === 'home') yield* this.#slate('home')
      else if (page === 'search') yield* this.#looksAround() ? this.#search() : this.#slate('home')
      else yield* this.#categoryPage()
      arriving = false
    }
    yield* this.#checkout()
  }

  /** A slate of the recommender: what became visible of it is reported, and what is clicked is opened, one after another. */
  *#slate(surface: Surface, about: Pick<SlateRequest, 'anchorItemId' | 'category' | 'candidates'> = {}): Steps {
    const session = this.#session
    const { random } = session
    session.pagesLeft--
    this.#pass(random.uniform(0.2, 1))
    const slate = yield {
      kind: 'ask',
      request: {
        userId: this.#shopper.userId,
        sessionId: session.sessionId,
        surface,
        ...about,
        first: SLATE_LENGTH[surface],
        device: this.#shopper.device,
      },
    }
    if (slate === undefined) throw new TypeError('The caller must pass a slate to a session that asks for one.')
    this.#slates++
    this.#pass(random.uniform(0.3, 1.5))
    const visible = slate.itemIds.slice(0, this.#scrollDepth(surface))
    yield* this.#impressions(surface, slate, visible)
    // All clicks are drawn at once: none depends on another, so clicks depend on position and appeal alone.
    const clicked = visible
      .map((itemId, index) => ({ item: session.shop.truthOf(itemId), position: index + 1 }))
      .filter(({ item, position }) => item !== undefined && this.#isDrawnTo(item, surface, position))
    this.#rememberShown(visible)
    for (const { item, position } of clicked) {
      if (item === undefined) continue
      const { recommendationId } = slate
      const origin: Origin = { surface, position, ...(recommendationId === undefined ? {} : { recommendationId }) }
      this.#pass(this.#clickDelay(position))
      yield this.#happens('click', item, origin, { surface })
      session.memory.shown.delete(item.itemId)
      yield* this.#itemPage(item, origin)
    }
    this.#pass(random.logNormal(4, 0.6))
  }

  *#impressions(surface: Surface, slate: ServedSlate, visible: readonly string[]): Steps {
    if (visible.length === 0) return
    if (slate.recommendationId !== undefined) {
      const event = this.#event('impression', { surface })
      event.recommendationId = slate.recommendationId
      event.positions = visible.map((_, index) => index + 1)
      yield { kind: 'event', event }
      return
    }
    const name = `${this.#session.sessionId}-${this.#slates}`
    for (const [index, itemId] of visible.entries()) {
      const event = this.#event('impression', { surface, position: index + 1, slate: name })
      event.itemId = itemId
      yield { kind: 'event', event }
    }
  }

  /** Whether a page is one that the shop sorts itself. */
  #looksAround(): boolean {
    const { listings, random } = this.#session
    return listings === 1 || random.chance(listings)
  }

  *#search(): Steps {
    const { shop, random, at, ranksSearches } = this.#session
    const category = this.#category()
    if (ranksSearches) return yield* this.#rankedSearch(category)
    const onSale = shop.listing(category).filter((item) => item.arrivesAt <= at)
    if (onSale.length === 0) return yield* this.#slate('home')
    const sought = onSale[random.zipf(onSale.length)]!
    this.#pass(random.logNormal(6, 0.4))
    const query = random.chance(0.3) ? `${shop.brands[sought.brand]} ${sought.noun}` : sought.noun
    yield { kind: 'event', event: this.#event('search', { query }) }
    yield* this.#listing(
      'search',
      onSale.filter(({ noun }) => noun === sought.noun),
    )
  }

  /** A search whose results the recommender ranks. */
  *#rankedSearch(category: number): Steps {
    const session = this.#session
    const search = drawSearch(session, category)
    if (search === undefined) return yield* this.#slate('home')
    this.#pass(session.random.logNormal(6, 0.4))
    yield { kind: 'event', event: this.#event('search', { query: search.query }) }
    session.sought = search.sought
    yield* this.#slate('search', { candidates: search.results })
    session.sought = undefined
  }

  *#categoryPage(): Steps {
    const { shop, random } = this.#session
    const category = this.#category()
    const looksAround = this.#looksAround()
    if (!looksAround || random.chance(0.6)) yield* this.#slate('category', { category: shop.categories[category]! })
    if (!looksAround) return
    const { at } = this.#session
    yield* this.#listing(
      'listing',
      shop.listing(category).filter((item) => item.arrivesAt <= at),
    )
  }

  /** A page that the shop sorts itself. It reports no impressions: only what is opened is seen by the service. */
  *#listing(surface: 'search' | 'listing', items: readonly ItemTruth[]): Steps {
    const { random } = this.#session
    this.#session.pagesLeft--
    this.#pass(random.uniform(0.5, 2))
    const page = items.length > LISTING_LENGTH && random.chance(0.25) ? LISTING_LENGTH : 0
    const opened = items
      .slice(page, page + LISTING_LENGTH)
      .map((item, index) => ({ item, position: index + 1 }))
      .filter(({ item, position }) => this.#isDrawnTo(item, 'listing', position))
    for (const { item, position } of opened) {
      this.#pass(this.#clickDelay(position))
      yield* this.#itemPage(item, { surface, position: page + position })
    }
    this.#pass(random.logNormal(6, 0.6))
  }

  *#itemPage(item: ItemTruth, origin: Origin): Steps {
    const session = this.#session
    const { random, memory } = session
    session.pagesLeft--
    session.viewed.push(item.itemId)
    const liking = appeal(this.#shopper, item, session)
    const dwellSeconds = Math.min(600, Math.max(1, Math.round(random.logNormal(6 + 30 * liking, 0.8))))
    this.#pass(random.uniform(0.5, 2) + dwellSeconds)
    yield this.#happens('view', item, origin, { surface: 'item_page', origin: origin.surface, dwellSeconds })
    if (!memory.cart.has(item.itemId) && random.chance(Math.min(0.6, 0.03 + 0.45 * liking))) {
      this.#pass(random.logNormal(12, 0.8))
      yield this.#happens('add_to_cart', item, origin, { surface: 'item_page' })
      this.#putInCart(item, origin)
      if (session.pagesLeft > 0 && random.chance(0.6)) yield* this.#slate('cart', { anchorItemId: item.itemId })
    }
    if (session.pagesLeft > 0 && random.chance(0.6)) yield* this.#slate('item_page', { anchorItemId: item.itemId })
  }

  /** Decides the future of the item in the cart, and turns the visit to items that go with it. */
  #putInCart(item: ItemTruth, origin: Origin): void {
    const { random, memory, focus, wanted, shop } = this.#session
    const draw = random.uniform()
    const fate = FATES.find(([sum]) => draw < sum)?.[1] ?? 'leave'
    memory.cart.set(item.itemId, {
      origin,
      fate,
      quantity: random.chance(item.consumable ? 0.3 : 0.06) ? random.integer(2, 3) : 1,
    })
    if (fate === 'buy_later') {
      const back = Math.round(this.#session.at + Math.min(20, random.logNormal(5, 0.8)) * HOUR_MS)
      memory.returnsAt = Math.min(memory.returnsAt ?? Number.POSITIVE_INFINITY, back)
    }
    for (const [itemId] of memory.cart) {
      if (memory.cart.size <= CART_LENGTH) break
      memory.cart.delete(itemId)
    }
    if (item.complements.size === 0) return
    focus.clear()
    for (const itemId of item.complements) {
      wanted.add(itemId)
      focus.add(shop.truthOf(itemId)!.category)
    }
  }

  /** At the end of a visit what is not wanted after all is taken out, and what is to be bought is bought, together. */
  *#checkout(): Steps {
    const { random, memory, shop, purpose } = this.#session
    if (purpose === 'checkout') memory.returnsAt = undefined
    const taken = (...fates: Fate[]): [ItemTruth, CartLine][] =>
      [...memory.cart].flatMap(([itemId, line]) => (fates.includes(line.fate) ? [[shop.truthOf(itemId)!, line]] : []))
    const removed = taken('remove')
    const bought = purpose === 'checkout' ? taken('buy', 'buy_later') : taken('buy')
    for (const [item, { origin }] of removed) {
      this.#pass(random.logNormal(20, 0.7))
      yield this.#happens('remove_from_cart', item, origin, { surface: 'cart' })
      memory.cart.delete(item.itemId)
    }
    if (bought.length === 0) return
    this.#pass(random.logNormal(90, 0.7))
    for (const [item, { origin, quantity }] of bought) {
      yield this.#happens('purchase', item, origin, { surface: 'cart', quantity })
      memory.cart.delete(item.itemId)
      memory.owned.add(item.itemId)
    }
  }

  #isDrawnTo(item: ItemTruth, surface: Surface | 'listing', position: number): boolean {
    const shopper = this.#shopper
    return this.#session.random.chance(examination(surface, position, shopper.patience) * appeal(shopper, item, this.#session))
  }

  #rememberShown(itemIds: readonly string[]): void {
    const { memory, at } = this.#session
    for (const itemId of itemIds) {
      memory.shown.set(itemId, { times: timesShown(memory.shown.get(itemId), at) + 1, at })
    }
  }

  #category(): number {
    const { random, focus } = this.#session
    return random.chance(0.85) ? random.pick([...focus]) : random.weighted(this.#shopper.categorySums)
  }

  /** How many items of a slate come on screen; drawn without regard to what they are. */
  #scrollDepth(surface: Surface): number {
    const further = this.#shopper.device === 'desktop' ? 5 : 3
    return FIRST_SCREEN[surface] + Math.floor(this.#session.random.exponential(further))
  }

  /** Seconds until the next click: mostly a few, and now and then a pause for something else. */
  #clickDelay(position: number): number {
    const { random } = this.#session
    const pause = random.chance(0.03) ? Math.min(1_000, random.exponential(300)) : 0
    return random.logNormal(3, 0.6) + random.uniform(0.3, 1) * position + pause
  }

  /** Time goes by; the session's clock stays on whole milliseconds. */
  #pass(seconds: number): void {
    this.#session.at += Math.max(1, Math.round(seconds * 1000))
  }

  #happens(
    eventType: SimulatedEventType,
    item?: ItemTruth,
    origin?: Origin,
    attributes: Record<string, string | number> = {},
  ): Extract<Step, { kind: 'event' }> {
    const event = this.#event(eventType, attributes)
    if (item !== undefined) {
      event.itemId = item.itemId
      event.eventAttributes = { ...event.eventAttributes, price: item.price }
    }
    if (origin !== undefined) {
      event.eventAttributes = { ...event.eventAttributes, position: origin.position }
      if (origin.recommendationId !== undefined) event.recommendationId = origin.recommendationId
    }
    return { kind: 'event', event }
  }

  #event(eventType: SimulatedEventType, attributes: Record<string, string | number>): SimulatedEvent {
    // One millisecond at least lies between any two events of a session.
    const timestamp = this.#events === 0 ? this.#session.at : ++this.#session.at
    this.#events++
    return {
      eventId: `${this.#session.sessionId}-${String(this.#events).padStart(4, '0')}`,
      userId: this.#shopper.userId,
      eventType,
      eventAttributes: { ...attributes, device: this.#shopper.device },
      timestamp,
      sessionId: this.#session.sessionId,
    }
  }
}
