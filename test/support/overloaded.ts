import { setImmediate } from 'node:timers/promises'
import { onTestFinished, vi } from 'vitest'
import type { Service } from '../../src/service/service.ts'
import { holdSwaps } from './held-swaps.ts'

/**
 * Sends events to a service that cannot record any, until the first is refused. The client runs in this process too, and keeps it busy.
 * Time then stands still until `finish`: a second after a refusal, the service would let events in again, and they would wait for ever.
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
  const time = vi.spyOn(performance, 'now').mockReturnValue(performance.now())
  onTestFinished(() => time.mockRestore())
  return {
    async finish(): Promise<string[]> {
      time.mockRestore()
      release()
      return (await Promise.all(sent)).filter((eventId) => eventId !== undefined)
    },
  }
}
