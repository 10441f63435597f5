import { describe, expect, it } from 'vitest'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import { readKnownUser } from '../../src/slate/known-user.ts'
import { attributeKey, itemKey } from '../../src/state/slots.ts'
import { HOUR, MINUTE } from '../../src/time-units.ts'
import { bothStores, type OpenedService, openOn } from '../support/service.ts'
import { expectSameState, snapshot } from '../support/state-snapshot.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const domain = { ...eCommerce, limits: { ...eCommerce.limits, eventsPerMinute: 5, eventsPerItemAndHour: 3 } }
let events = 0

async function record(service: OpenedService, ...inputs: Partial<EventInput>[]): Promise<void> {
  for (const input of inputs) {
    const [{ status }] = await service.ingest.record([
      { eventId: `e${++events}`, userId: 'ann', itemId: 'i1', eventType: 'view', ...input },
    ])
    expect(status).toBe('RECORDED')
  }
}

const times = (count: number, input: Partial<EventInput> = {}) => Array.from({ length: count }, () => input)

async function sums(service: OpenedService, entity = itemKey('i1')): Promise<Record<string, number>> {
  const { rows, layout } = await snapshot(service, [])
  const kind = entity.startsWith('item:') ? 'item' : 'attribute'
  return Object.fromEntries(layout.names[kind].map((name, column) => [name, rows[entity]?.[column] ?? 0]))
}

async function eventsOf(service: OpenedService, userId = 'ann'): Promise<number> {
  const { user } = await readKnownUser(service, userId, service.clock.now())
  return (user.parts.get('activity') as { events: number } | undefined)?.events ?? 0
}

bothStores((openWith) => {
  const open = () => openWith({ domain })

  describe('what does not count', () => {
    it('is the doing of staff, monitoring and bots, by what the event says', async () => {
      const service = await open()
      for (const traffic of ['staff', 'monitoring', 'bot']) await record(service, { eventAttributes: { traffic } })
      expect(await eventsOf(service)).toBe(0)
      expect((await sums(service)).views).toBe(0)
      await record(service, { eventAttributes: { traffic: 'organic' } })
      expect(await eventsOf(service)).toBe(1)
    })

    it('is what a user does beyond the limit of a minute; late events get nobody around it', async () => {
      const service = await open()
      const items = Array.from({ length: 8 }, (_, n) => ({ itemId: `i${n}` }))
      await record(service, ...items)
      expect(await eventsOf(service)).toBe(5)
      await record(service, { timestamp: service.clock.now() - HOUR })
      expect(await eventsOf(service)).toBe(5)
      await record(service, { userId: 'bob' })
      expect(await eventsOf(service, 'bob')).toBe(1)
      service.clock.advance(MINUTE)
      await record(service, {})
      expect(await eventsOf(service)).toBe(6)
    })

    it('is, in shared figures alone, what a user does with one item beyond the limit of an hour', async () => {
      const service = await open()
      await service.uploads.upsertItems([{ itemId: 'i1', attributes: { brand: 'acme' } }])
      await record(service, ...times(5))
      service.clock.advance(MINUTE)
      await record(service, ...times(2), { timestamp: service.clock.now() - 2 * HOUR }, { itemId: 'another' })
      expect(await eventsOf(service)).toBe(9)
      const { user } = await readKnownUser(service, 'ann', service.clock.now())
      expect(user.parts.get('pairs')).toMatchObject({ item: ['another', 'i1'], views: [1, 8] })
      expect((await sums(service)).views).toBe(3)
      expect((await sums(service, attributeKey('brand', 'acme'))).last_seen).toBeGreaterThan(0)
      expect((await sums(service, itemKey('another'))).views).toBe(1)
      await record(service, { userId: 'bob' })
      expect((await sums(service)).views).toBe(4)
      service.clock.advance(HOUR)
      await record(service, ...times(4))
      expect((await sums(service)).views).toBe(7)
    })

    it('leaves the other items of a slate alone', async () => {
      const service = await open()
      const items = [{ itemId: 'i1' }, { itemId: 'i2' }]
      const slate = { userId: 'ann', surface: 'home', device: 'ios', items }
      await service.store.putSlate({ kind: 'slate', recommendationId: '00-s', userId: 'ann', at: service.clock.wall(), slate })
      await record(service, ...times(3))
      await record(service, { itemId: undefined, eventType: 'impression', recommendationId: '00-s', positions: [1, 2] })
      expect((await sums(service)).impressions).toBe(0)
      expect((await sums(service, itemKey('i2'))).impressions).toBe(1)
    })
  })
})

it('what did not count does not count when it is restored, whatever the limits are by then', async () => {
  const dataDir = await temporaryDirectory()
  const service = await openOn(undefined, { dataDir, domain })
  await record(service, ...times(7), { eventAttributes: { traffic: 'staff' } })
  const before = await snapshot(service, ['ann'])
  await service.close()
  const loose = { ...domain, limits: { ...domain.limits, eventsPerMinute: 1000 } }
  const again = await openOn(undefined, { dataDir, clock: service.clock, domain: loose })
  expectSameState(await snapshot(again, ['ann']), before)
})
