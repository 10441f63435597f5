import type { AnsweredSlate } from '../client/answers.ts'
import type { SimulatedEvent } from './simulated-event.ts'
import type { RecordOutcome, SessionChannel, Transport } from './transport.ts'

/**
 * Lets shoppers use one service, and tells another one everything that they do. The slates come from the first service alone, so the
 * second one learns from shoppers whom it does not influence. It does not know these slates. So it is told of them as the log of
 * another system tells it: each impression and click names its item, its position and its surface.
 */
export class MirroredTransport implements Transport {
  readonly #used: Transport
  readonly #told: Transport

  constructor(used: Transport, told: Transport) {
    this.#used = used
    this.#told = told
  }

  async upsertItems(items: Parameters<Transport['upsertItems']>[0]): Promise<void> {
    await this.#used.upsertItems(items)
    await this.#told.upsertItems(items)
  }

  /** The service that shoppers use does not need to know who they are. */
  async upsertUsers(users: Parameters<Transport['upsertUsers']>[0]): Promise<void> {
    await this.#told.upsertUsers(users)
  }

  /** What became of the events is said by the service that shoppers use. */
  openSession(measure: Parameters<Transport['openSession']>[0]): SessionChannel {
    const [used, told] = [this.#used.openSession(measure), this.#told.openSession(measure)]
    const slates = new Map<string, AnsweredSlate>()
    return {
      ask: async (request) => {
        const slate = await used.ask(request)
        slates.set(slate.recommendationId, slate)
        return slate
      },
      record: async (events) => {
        const outcome = await used.record(events)
        const foreign = events.flatMap((event) => asOfAnotherSystem(event, slates))
        expectRecorded(foreign.length, await told.record(foreign))
        return outcome
      },
      close: async () => {
        await used.close()
        await told.close()
      },
    }
  }

  async close(): Promise<void> {
    await this.#used.close()
    await this.#told.close()
  }
}

/** Returns an event without the id of a slate; for an impression of several items, an event for each. */
function asOfAnotherSystem(event: SimulatedEvent, slates: ReadonlyMap<string, AnsweredSlate>): SimulatedEvent[] {
  const { recommendationId, positions, eventAttributes, ...others } = event
  if (recommendationId === undefined) return [event]
  const slate = slates.get(recommendationId)
  if (positions === undefined || slate === undefined) return [{ ...others, ...(eventAttributes && { eventAttributes }) }]
  return positions.map((position) => ({
    ...others,
    eventId: `${event.eventId}-${position}`,
    itemId: slate.itemIds[position - 1]!,
    eventAttributes: { ...eventAttributes, position, slate: recommendationId },
  }))
}

function expectRecorded(sent: number, { recorded, rejected }: RecordOutcome): void {
  if (recorded !== sent)
    throw new Error(`The other service recorded ${recorded} of ${sent} simulated events: ${rejected.join(' ')}`)
}
