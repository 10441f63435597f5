import { z } from 'zod'
import { Chance } from '../deterministic/chance.ts'
import type { HttpClient } from './http-client.ts'
import { ITEMS } from './vocabulary.ts'

const LANES = 2
const BATCH = 10
const PAUSE_MS = 60
const PATIENCE_MS = 60_000
/** Users whom no other operation names: nobody merges or erases them. */
const LOAD_USERS = Array.from({ length: 30 }, (_, n) => `load-${n}`)
const TYPES = ['view', 'view', 'view', 'click', 'add_to_cart', 'purchase']
const MUTATION =
  'mutation ($input: [RecordEventInput!]!) { recordEvents(input: { events: $input }) { ... on RecordEventsPayload { results { eventId status } } } }'

const answer = z.object({
  data: z.object({ recordEvents: z.object({ results: z.array(z.object({ eventId: z.string(), status: z.string() })) }) }),
})

/** Ordinary events beside the odd ones. What is acknowledged must be in the log. */
export class KnownLoad {
  readonly acknowledged = new Set<string>()
  readonly refused: string[] = []
  readonly #http: HttpClient
  readonly #chance: Chance
  #sent = 0
  #running: Promise<unknown> | undefined
  #isStopped = false

  constructor(http: HttpClient, seed: number) {
    this.#http = http
    this.#chance = new Chance(seed)
  }

  start(url: string): void {
    this.#isStopped = false
    this.#running = Promise.all(Array.from({ length: LANES }, () => this.#lane(url)))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  async #lane(url: string): Promise<void> {
    while (!this.#isStopped) {
      const input = Array.from({ length: BATCH }, () => this.#event())
      const came = await this.#http.post(url, JSON.stringify({ query: MUTATION, variables: { input } }), PATIENCE_MS)
      if ('failure' in came) continue
      const parsed = came.status === 200 ? answer.safeParse(JSON.parse(came.text)) : undefined
      if (!parsed?.success) {
        this.refused.push(came.text)
        continue
      }
      for (const { eventId, status } of parsed.data.data.recordEvents.results) {
        if (status === 'RECORDED') this.acknowledged.add(eventId)
        else if (status !== 'UNAVAILABLE') this.refused.push(`${eventId} was answered ${status}`)
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }

  #event(): Record<string, unknown> {
    const eventType = this.#chance.pick(TYPES)
    const price = this.#chance.between(1, 200)
    return {
      eventId: `load-${this.#sent++}`,
      userId: this.#chance.pick(LOAD_USERS),
      itemId: this.#chance.pick(ITEMS),
      eventType,
      eventAttributes: eventType === 'purchase' ? { price, quantity: 1 } : { surface: 'home' },
    }
  }
}
