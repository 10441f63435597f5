import { hash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { ChargedPoints } from '../../bench/support/charged-points.ts'
import { longestTurnMs, microseconds } from '../../bench/support/longest-turn.ts'
import { type Answered, PricedClient } from '../../bench/support/priced-client.ts'
import { itemInput, itemOf, type PricedShop, tokenOf } from '../../bench/support/priced-shop.ts'
import { RECORD_EVENT } from '../../lab/client/answers.ts'
import { ROLES, type Role } from '../../src/auth/principal.ts'
import { removeRules } from '../../src/events/set-rules.ts'
import { invariant } from '../../src/invariant.ts'
import { warningsOnStderr } from '../../src/logging/logger.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import { erases, type PricedRequest, pricedRequests, renamed } from './priced-requests.ts'
import { ITEMS, LearnedTexts, SURFACES, USERS } from './vocabulary.ts'

/** A request, and what it took. */
export interface MeasuredRequest {
  readonly role: Role
  readonly way: PricedRequest['way']
  readonly points: number
  /** CPU time of a point, divided by that of `recordEvent` by a backend at about the same time. */
  readonly dearness: number
  readonly turnMs: number
  readonly bytes: number
  /** The beginning of the request and of the answer. */
  readonly sent: string
  readonly answer: string
}

/** Requests to one set of users. Then they are merged, opted out and erased, so the next ones get users of their own. */
const ROUND = 1000
const EVENTS_OF_A_USER = 220
/** Half of the targets: such a request is sent again, and the least figures count. */
const SUSPECT = { dearness: 2, turnMs: 25 }
const MOST_TIMES = 5
/** Of cheaper operations, most is what every operation takes. */
const LEAST_POINTS = 500
/** Requests between two events by which the others are measured, and events whose median counts. */
const [REFERENCE_EVERY, REFERENCES] = [10, 31]
/** Time for which a subscription may be silent, in ms. */
const SILENCE_MS = 200
const [WARM, WARMING] = ['{"query":"{ __typename }"}', 20]
const UNLIMITED = 1_000_000_000
const LEARNED = /"((?:recommendationId|endCursor|startCursor|cursor|eventId|id)_\d+)":"([^"\\]*)"/g

interface Clients {
  readonly open: PricedClient
  /** Of a server that only knows the documents of this round. */
  readonly listed: PricedClient
}

/** Sends random requests one by one to a service of this process, and measures them. */
export class PriceSearch {
  readonly #shop: PricedShop
  readonly #seed: number
  readonly #folder: string
  readonly #charged = new ChargedPoints()
  readonly #learned = new LearnedTexts()
  readonly #references: number[] = []
  #number = 0
  /** Number of requests by way and by the kind of the operation. */
  readonly sent = new Map<string, number>()

  constructor(shop: PricedShop, seed: number, folder: string) {
    this.#shop = shop
    this.#seed = seed
    this.#folder = folder
    this.#learned.learn({ recommendationId: shop.recommendationId })
  }

  /** Sends as many requests as share users, unless the time is over. @returns what they took */
  async round(until: number): Promise<MeasuredRequest[]> {
    const requests = Array.from({ length: ROUND }, (_, n): PricedRequest => {
      const seed = this.#seed * 10_000_000 + this.#number + n
      return fc.sample(pricedRequests, { seed, numRuns: 1 })[0]
    })
    await this.#refill(USERS.map((_, n) => this.#user(n)))
    const users = (text: string) => this.#renamed(text, (n) => this.#user(n))
    const documents = requests.filter(({ way }) => way === 'listed').map(({ document }) => users(this.#learned.fillIn(document)))
    const servers = [await this.#serve(), await this.#serve(documents)]
    const tokens = new Map<Role, string>()
    for (const role of ROLES) tokens.set(role, await tokenOf(role, role === 'device' ? this.#user(0) : role))
    const [open, listed] = servers.map(({ url }) => new PricedClient(url, tokens))
    // The first requests to a server check tokens, and compile its code.
    for (const role of ROLES) for (const client of [open, listed]) for (let n = 0; n < WARMING; n++) await client.post(role, WARM)
    const measured: MeasuredRequest[] = []
    let hashes = documents.map((text) => hash('sha256', text))
    for (const [n, request] of requests.entries()) {
      if (performance.now() > until) break
      const role = ROLES[n % ROLES.length]
      if (n % REFERENCE_EVERY === 0) await this.#reference(open)
      const listedAs = request.way === 'listed' ? hashes[0] : undefined
      if (request.way === 'listed') hashes = hashes.slice(1)
      measured.push(await this.#measured({ open, listed }, role, request, listedAs))
      this.#number++
    }
    open.close()
    listed.close()
    for (const server of servers) await server.close()
    return measured
  }

  close(): void {
    this.#charged.close()
  }

  async #measured(clients: Clients, role: Role, request: PricedRequest, listedAs: string | undefined): Promise<MeasuredRequest> {
    const isErasing = erases(request)
    const kind = isErasing ? 'erasure' : request.part < 1 ? 'cut off' : 'operation'
    const key = `${request.way}, ${kind}`
    this.sent.set(key, (this.sent.get(key) ?? 0) + 1)
    const text = (part: string) => this.#renamed(this.#learned.fillIn(part), isErasing ? erasable : (n) => this.#user(n))
    const source = listedAs === undefined ? `"query":${JSON.stringify(text(request.document))}` : `"documentId":"${listedAs}"`
    const payload = `{${source},"variables":${text(request.variables)}}`
    const sent = payload.slice(0, Math.ceil(payload.length * request.part))
    const once = async () => {
      if (isErasing) await this.#refill(USERS.map((_, n) => erasable(n)).filter((id) => sent.includes(id)))
      const client = request.way === 'listed' ? clients.listed : clients.open
      if (request.way === 'socket') await client.open(role)
      return this.#once({ role, way: request.way }, sent, () =>
        request.way === 'socket' ? client.first(role, sent, SILENCE_MS) : client.post(role, sent),
      )
    }
    let least = await once()
    for (let n = 1; n < MOST_TIMES && (least.turnMs > SUSPECT.turnMs || least.dearness > SUSPECT.dearness); n++) {
      const { turnMs, dearness } = await once()
      least = { ...least, turnMs: Math.min(least.turnMs, turnMs), dearness: Math.min(least.dearness, dearness) }
    }
    return least
  }

  async #once(
    from: Pick<MeasuredRequest, 'role' | 'way'>,
    sent: string,
    send: () => Promise<Answered>,
  ): Promise<MeasuredRequest> {
    this.#charged.read()
    let answer: Answered | undefined
    const began = process.cpuUsage()
    const turnMs = await longestTurnMs(async () => {
      answer = await send()
    })
    const us = microseconds(process.cpuUsage(began))
    const points = this.#charged.read()
    const { bytes, text } = answer!
    for (const [, alias, value] of text.matchAll(LEARNED)) this.#learned.learn({ [alias]: value })
    const usual = [...this.#references].sort((a, b) => a - b)[this.#references.length >> 1]
    const dearness = us / Math.max(points, LEAST_POINTS) / usual
    return { ...from, points, dearness, turnMs, bytes, sent: sent.slice(0, 2000), answer: text.slice(0, 200) }
  }

  async #reference(client: PricedClient): Promise<void> {
    const body = JSON.stringify({
      query: RECORD_EVENT,
      variables: { input: { userId: `user-${this.#number % this.#shop.users}`, eventType: 'view', itemId: 'item-1' } },
    })
    this.#charged.read()
    const began = process.cpuUsage()
    const { text } = await client.post('backend', body)
    invariant(text.includes('RecordEventPayload'), 'PRICE_REFERENCE', `an event was answered with ${text}`)
    this.#references.push(microseconds(process.cpuUsage(began)) / this.#charged.read())
    if (this.#references.length > REFERENCES) this.#references.shift()
  }

  #user(n: number): string {
    return `round-${Math.floor(this.#number / ROUND)}-${n}`
  }

  #renamed(text: string, userOf: (n: number) => string): string {
    return renamed(text, userOf, (n) => itemOf(this.#shop, n))
  }

  /** Gives users a full history, and the shop its items. */
  async #refill(userIds: readonly string[]): Promise<void> {
    const { service } = this.#shop
    const now = service.clock.wall()
    await service.uploads.upsertItems(ITEMS.map((_, n) => itemInput(itemOf(this.#shop, n), n)))
    for (const surface of [undefined, ...SURFACES]) await removeRules(service, surface)
    for (const userId of userIds)
      await service.ingest.record(
        Array.from({ length: EVENTS_OF_A_USER }, (_, n) => ({
          userId,
          eventType: n % 5 === 0 ? 'purchase' : 'view',
          itemId: itemOf(this.#shop, 37 * n),
          timestamp: now - 20_000 * (EVENTS_OF_A_USER - n),
          eventAttributes: { surface: 'home', position: 1 + (n % 20), price: 10 },
        })),
      )
  }

  /** @param documents the only ones that the server allows; any if absent */
  async #serve(documents?: readonly string[]): Promise<RunningServer> {
    const path = join(this.#folder, 'documents.json')
    if (documents)
      await writeFile(path, JSON.stringify(Object.fromEntries(documents.map((text) => [hash('sha256', text), text]))))
    return startServer(this.#shop.service, {
      host: '127.0.0.1',
      port: 0,
      graphiql: false,
      // A listed document that does not fit the schema brings a warning.
      logger: { ...warningsOnStderr(), warn: () => {} },
      network: {
        RATE_PER_USER: UNLIMITED,
        RATE_PER_KEY: UNLIMITED,
        STORED_PER_USER: 0,
        ...(documents && { PERSISTED_OPERATIONS: path }),
      },
    })
  }
}

const erasable = (n: number) => `erasable-${n}`
