import { setImmediate } from 'node:timers/promises'
import type { Service } from '../../src/service.ts'
import { holdSwaps } from './held-swaps.ts'

/**
 * Sends events to a service that cannot record any, until the first is refused. The client runs in this process too, and keeps it busy.
 * @param send sends the event with this id, and returns whether it was refused
 * @returns `finish` lets the service record again, and returns the ids of the refused events
 */
export async function overload(service: Service, send: (eventId: string) => Promise<boolean>) {
  const release = holdSwaps(service.store)
  const sent: Promise<string | undefined>[] = []
  let isRefused = false
  while (!isRefused) {
    const eventId = `e${sent.length}`
    sent.push(
      send(eventId).then((refused) => {
        isRefused ||= refused
        return refused ? eventId : undefined
      }),
    )
    await setImmediate()
  }
  return {
    async finish(): Promise<string[]> {
      release()
      return (await Promise.all(sent)).filter((eventId) => eventId !== undefined)
    },
  }
}
