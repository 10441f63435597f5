import { describe, expect, it } from 'vitest'
import type { EventInput } from '../../src/events/validate-event.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { DAY, MINUTE } from '../../src/time-units.ts'
import { bothStores } from '../support/each-store.ts'
import type { OpenedService } from '../support/service.ts'
import { START } from '../support/settable-clock.ts'
import { snapshot } from '../support/state-snapshot.ts'

const valid: EventInput = { eventId: 'e1', userId: 'ann', itemId: 'i1', eventType: 'view' }

const longest = 'x'.repeat(128)
const nested = (levels: number): unknown => (levels === 0 ? 1 : { in: nested(levels - 1) })
/** `{"text":"…"}` of so many bytes. */
const sized = (bytes: number) => ({ text: 'x'.repeat(bytes - 11) })

const refused: [what: string, field: string, input: EventInput][] = [
  ['an empty user id', 'userId', { ...valid, userId: '' }],
  ['a user id of 129 characters', 'userId', { ...valid, userId: `${longest}x` }],
  ['a user id with a control character', 'userId', { ...valid, userId: 'a\nb' }],
  ['a user id with half a surrogate pair', 'userId', { ...valid, userId: 'a\ud83c' }],
  ['an empty event id', 'eventId', { ...valid, eventId: '' }],
  ['an event id of 129 characters', 'eventId', { ...valid, eventId: `${longest}x` }],
  ['an empty item id', 'itemId', { ...valid, itemId: '' }],
  ['an item id with U+0000', 'itemId', { ...valid, itemId: 'i\u0000' }],
  ['an empty event type', 'eventType', { ...valid, eventType: '' }],
  ['an event type of 129 characters', 'eventType', { ...valid, eventType: `${longest}x` }],
  ['an over-long session id', 'sessionId', { ...valid, sessionId: `${longest}x` }],
  ['an over-long slate id', 'recommendationId', { ...valid, recommendationId: `${longest}x` }],
  ['attributes of more than 8 KB', 'eventAttributes', { ...valid, eventAttributes: sized(8193) }],
  ['attributes of more than 8 KB in UTF-8', 'eventAttributes', { ...valid, eventAttributes: { text: 'é'.repeat(4092) } }],
  ['attributes deeper than 5 levels', 'eventAttributes.in.in.in.in.in.in', { ...valid, eventAttributes: nested(6) }],
  ['an infinite number', 'eventAttributes.price', { ...valid, eventAttributes: { price: Number.POSITIVE_INFINITY } }],
  ['a number that is none, within', 'eventAttributes.sizes.1', { ...valid, eventAttributes: { sizes: [1, Number.NaN] } }],
  ['a text with U+0000', 'eventAttributes.query', { ...valid, eventAttributes: { query: 'a\u0000b' } }],
  ['a text with half a surrogate pair', 'eventAttributes.surface', { ...valid, eventAttributes: { surface: '\udfa9' } }],
  ['a key that is __proto__', 'eventAttributes.in', { ...valid, eventAttributes: JSON.parse('{"in":{"__proto__":1}}') }],
  ['attributes that are a text', 'eventAttributes', { ...valid, eventAttributes: 'home' }],
  ['attributes that are a list', 'eventAttributes', { ...valid, eventAttributes: ['home'] }],
  ['a time more than five minutes ahead', 'timestamp', { ...valid, timestamp: START + 5 * MINUTE + 1 }],
  ['a time of half a millisecond', 'timestamp', { ...valid, timestamp: START + 0.5 }],
  ['a time that is none', 'timestamp', { ...valid, timestamp: Number.NaN }],
  ['a time before 1970', 'timestamp', { ...valid, timestamp: -1 }],
  ['a time far before 1970', 'timestamp', { ...valid, timestamp: -9e15 }],
  ['seconds', 'timestamp', { ...valid, timestamp: Math.floor(START / 1000) }],
  ['a time just before 2000', 'timestamp', { ...valid, timestamp: '1999-12-31T23:59:59.999Z' }],
  ['a date without a time', 'timestamp', { ...valid, timestamp: '2025-02-03' }],
  ['a time without a zone', 'timestamp', { ...valid, timestamp: '2025-02-03T10:00:00' }],
  ['a day that does not exist', 'timestamp', { ...valid, timestamp: '2025-02-30T10:00:00Z' }],
  ['digits in a text', 'timestamp', { ...valid, timestamp: String(START) }],
  ['a time that is true', 'timestamp', { ...valid, timestamp: true }],
  ['a time in a list', 'timestamp', { ...valid, timestamp: [START] }],
  ['positions without a slate', 'positions', { ...valid, positions: [1] }],
  ['position 0', 'positions.1', { ...valid, recommendationId: '00-a', positions: [1, 0] }],
  ['half a position', 'positions.0', { ...valid, recommendationId: '00-a', positions: [1.5] }],
  ['201 positions', 'positions', { ...valid, recommendationId: '00-a', positions: Array.from({ length: 201 }, (_, i) => i + 1) }],
]

const accepted: [what: string, input: EventInput][] = [
  [
    'ids of 128 characters',
    { ...valid, eventId: longest, userId: longest, itemId: longest, eventType: longest, sessionId: longest },
  ],
  ['ids in any script', { ...valid, userId: 'ünïcødé 🎩', itemId: '商品' }],
  ['attributes of 8 KB', { ...valid, eventAttributes: sized(8192) }],
  ['attributes of 5 levels', { ...valid, eventAttributes: nested(5) }],
  ['a time five minutes ahead', { ...valid, timestamp: START + 5 * MINUTE }],
  ['a time of 2000', { ...valid, timestamp: '2000-01-01T00:00:00Z' }],
  ['a time in another zone, to the minute', { ...valid, timestamp: '2025-01-01T02:00+02:00' }],
  ['a time at the edge of lateness', { ...valid, timestamp: START - 7 * DAY }],
  ['nothing but user and type', { userId: 'ann', eventType: 'session_start' }],
  ['absent fields as null', { ...valid, eventId: null, itemId: null, eventAttributes: null, timestamp: null, positions: null }],
]

const usersOf = (...inputs: EventInput[]) => [...new Set(inputs.map(({ userId }) => userId))].filter((id) => id !== '')

bothStores((open) => {
  describe('recording', () => {
    it('rejects invalid events with the name of the wrong field, and records nothing of them', async () => {
      const service = await open()
      const before = await snapshot(service, [])
      for (const [what, field, input] of refused) {
        const [outcome] = await service.ingest.record([input])
        expect(outcome, what).toMatchObject({
          status: 'REJECTED',
          eventId: input.eventId,
          error: { code: 'BAD_USER_INPUT', field },
        })
      }
      const { rows, users } = await snapshot(service, usersOf(...refused.map(([, , input]) => input)))
      expect({ rows, users }).toEqual({ rows: before.rows, users: {} })
    })

    it('accepts values at the limits', async () => {
      for (const [what, input] of accepted) {
        const service = await open()
        const [outcome] = await service.ingest.record([input])
        expect(outcome.status, what).toBe('RECORDED')
        const { users } = await snapshot(service, [input.userId])
        expect(users[input.userId], what).toBeDefined()
        await service.close()
      }
    })

    it('records the rest of a batch', async () => {
      const service = await open()
      const batch = refused.flatMap(([, , input], i) => [input, { ...valid, eventId: `good${i}` }])
      const outcomes = await service.ingest.record(batch)
      expect(outcomes.map(({ status }) => status)).toEqual(refused.flatMap(() => ['REJECTED', 'RECORDED']))
      expect(await eventsOf(service, 'ann')).toBe(refused.length)
    })
  })
})

async function eventsOf(service: OpenedService, userId: string): Promise<number> {
  const { user } = await readKnownUser(service, userId, service.clock.now())
  return (user.parts.get('activity') as { events: number }).events
}
