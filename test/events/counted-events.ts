import { expect } from 'vitest'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import type { EventOutcome } from '../../src/events/arriving-event.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import type { SilentReason } from '../../src/state/expiry.ts'
import type { NotCounted } from '../../src/state/log/not-counted.ts'
import { itemKey } from '../../src/state/slots.ts'
import type { OpenedService } from '../support/service.ts'
import { snapshot } from '../support/state-snapshot.ts'

export type NotCountedReason = NotCounted | SilentReason

export const domain = { ...eCommerce, limits: { ...eCommerce.limits, eventsPerMinute: 5, eventsPerItemAndHour: 3 } }
let events = 0

export async function record(service: OpenedService, ...inputs: Partial<EventInput>[]): Promise<void> {
  for (const input of inputs) {
    const [{ status }] = await service.ingest.record([
      { eventId: `e${++events}`, userId: 'ann', itemId: 'i1', eventType: 'view', ...input },
    ])
    expect(status).toBe('RECORDED')
  }
}

export const times = (count: number, input: Partial<EventInput> = {}) => Array.from({ length: count }, () => input)

export function reasonOf(outcome: EventOutcome): NotCountedReason | undefined {
  return 'notCounted' in outcome ? outcome.notCounted : undefined
}

export async function sums(service: OpenedService, entity = itemKey('i1')): Promise<Record<string, number>> {
  const { rows, layout } = await snapshot(service, [])
  const kind = entity.startsWith('item:') ? 'item' : 'attribute'
  return Object.fromEntries(layout.names[kind].map((name, column) => [name, rows[entity]?.[column] ?? 0]))
}

export async function eventsOf(service: OpenedService, userId = 'ann'): Promise<number> {
  const { user } = await readKnownUser(service, userId, service.clock.now())
  return (user.parts.get('activity') as { events: number } | undefined)?.events ?? 0
}
