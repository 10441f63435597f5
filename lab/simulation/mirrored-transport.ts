import type { SessionChannel, Transport } from './transport.ts'

/**
 * Lets shoppers use one service, and tells another one everything that they do. The slates come from the first service alone, so the
 * second one learns from shoppers whom it does not influence.
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

  openSession(measure: Parameters<Transport['openSession']>[0]): SessionChannel {
    const [used, told] = [this.#used.openSession(measure), this.#told.openSession(measure)]
    return {
      ask: (request) => used.ask(request),
      record: async (events) => {
        await used.record(events)
        return told.record(events)
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
