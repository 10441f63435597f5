import { expect } from 'vitest'
import { z } from 'zod'
import type { EventInput } from '../../src/events/validate-event.ts'
import type { Answer } from './answer.ts'
import type { EventLoad, Target } from './event-load.ts'
import { eventually } from './eventually.ts'
import { post } from './graphql-client.ts'
import { eventsOf, readLogs } from './log-oracle.ts'
import type { RedisServer } from './redis-server.ts'
import { openOn } from './service.ts'
import { snapshot } from './state-snapshot.ts'

const RECORD_EVENTS = /* GraphQL */ `
  mutation RecordEvents($input: [RecordEventInput!]!) {
    recordEvents(input: { events: $input }) { ... on RecordEventsPayload { results { status userVersion } } }
  }
`
const recorded = z.object({
  recordEvents: z.object({ results: z.array(z.object({ status: z.enum(['RECORDED', 'DUPLICATE']), userVersion: z.number() })) }),
})

/** Sends events through the balancer, and after each batch asks for the slate of one of its users. */
export class Shoppers implements Target {
  readonly failed: string[] = []
  readonly stale: string[] = []
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  async record(inputs: readonly EventInput[]): Promise<Answer[]> {
    try {
      const { recordEvents } = recorded.parse((await post(this.#url, RECORD_EVENTS, { input: inputs })).data)
      const [{ userVersion }] = recordEvents.results
      const [{ userId }] = inputs
      const query = `query ($id: ID!) { recommendations(input: { userId: $id }) { version } }`
      const answer = await post(this.#url, query, { id: userId })
      const { version } = z.object({ recommendations: z.object({ version: z.number() }) }).parse(answer.data).recommendations
      if (version < userVersion) this.stale.push(`${userId}: version ${version} after ${userVersion}`)
      return recordEvents.results.map((one) => ({ status: one.status, version: one.userVersion }))
    } catch (error) {
      this.failed.push(`${String(error)} ${String((error as Error).cause ?? '')}`)
      throw error
    }
  }
}

/**
 * Holds what Redis has, when all is over, against what the clients were told.
 * @param sent number of events, each of which is a view of an item
 * @param userIds all who sent them
 */
export async function expectCountedOnce(
  redis: RedisServer,
  load: EventLoad,
  sent: number,
  userIds: readonly string[],
): Promise<void> {
  const service = await openOn(redis.url, { prefix: 'lr' })
  service.clock.set(Date.now())
  await eventually(async () => expect(await service.store.foldLag()).toBe(0))
  const logged = eventsOf(await readLogs(service)).map(({ eventId }) => eventId)
  expect(logged.length).toBe(sent)
  expect(new Set(logged).size).toBe(sent)
  expect(load.acknowledged.size).toBe(sent)
  const { users, rows } = await snapshot(service, userIds)
  const activity = z.object({ parts: z.object({ activity: z.object({ events: z.number() }) }) })
  expect(userIds.reduce((sum, id) => sum + activity.parse(users[id]).parts.activity.events, 0)).toBe(sent)
  const views = service.accumulators.layout.names.item.indexOf('views')
  const ofItems = Object.entries(rows).filter(([entity]) => entity.startsWith('item:'))
  expect(ofItems.reduce((sum, [, row]) => sum + row[views], 0)).toBe(sent)
}
