import type { EventInput } from '../../src/events/event-input.ts'
import type { OpenedService } from './service.ts'

export interface EventLoad {
  /** Numbers of the events that were acknowledged so far, in that order. */
  readonly acknowledged: readonly number[]
  /** How often an event had to be sent again. */
  readonly refusals: number
  /** Resolves when so many events more than now are acknowledged. */
  another(count: number): Promise<void>
  /** Resolves with the number of events sent when each is acknowledged. */
  stop(): Promise<number>
}

/** Sends events from several lanes until told to stop; each is sent again, as clients do, until it is acknowledged. */
export function startLoad({ ingest }: OpenedService, event: (n: number) => EventInput, lanes = 20): EventLoad {
  const acknowledged: number[] = []
  const waiting: { count: number; resolve: () => void; reject: (error: unknown) => void }[] = []
  let sent = 0
  let refusals = 0
  let stopped = false
  const lane = async () => {
    while (!stopped) {
      let numbers = Array.from({ length: 1 + (sent % 3) }, () => sent++)
      while (numbers.length > 0) {
        const outcomes = await ingest.record(numbers.map(event))
        const open: number[] = []
        outcomes.forEach(({ status }, i) => {
          if (status === 'RECORDED' || status === 'DUPLICATE') acknowledged.push(numbers[i])
          else if (status === 'UNAVAILABLE') open.push(numbers[i])
          else throw new Error(`event ${numbers[i]} is ${status}`)
        })
        refusals += open.length
        numbers = open
        for (const { count, resolve } of waiting) if (acknowledged.length >= count) resolve()
      }
    }
  }
  const all = Promise.all(Array.from({ length: lanes }, lane))
  all.catch((error) => {
    for (const { reject } of waiting) reject(error)
  })
  return {
    acknowledged,
    get refusals() {
      return refusals
    },
    another: (more) => {
      const count = acknowledged.length + more
      return new Promise((resolve, reject) => waiting.push({ count, resolve, reject }))
    },
    stop: async () => {
      stopped = true
      await all
      return sent
    },
  }
}
