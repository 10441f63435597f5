import { expect, it } from 'vitest'
import { stampOf } from '../../src/state/user-value-codec.ts'
import { MINUTE } from '../../src/time-units.ts'
import { openOn } from '../support/service.ts'

it('a failed assertion that does not make the call fail is logged, at most once a minute', async () => {
  const service = await openOn(undefined)
  await service.uploads.upsertUsers([{ userId: 'ann', attributes: { segment: 'vip' } }])
  const subject = { kind: 'user', id: 'ann' } as const
  const [held] = await service.store.readValues([subject])
  const entry = () => ({ kind: 'user', id: 'ann', at: service.clock.now(), upload: {} }) as const
  const value = Buffer.from(held!.subarray(0, held!.length - 3))
  const swap = { subject, expected: stampOf(held), value, expiresIn: 0, identities: [], now: service.clock.now(), entry }
  await service.store.swap({ ...swap, increments: undefined, signal: undefined })
  const logged = () => service.warnings.filter((message) => message.startsWith('an assertion failed')).length
  const record = () => service.ingest.record([{ userId: 'ann', itemId: 'i1', eventType: 'view' }])

  await record()
  await record()
  expect(logged()).toBe(1)
  service.clock.advance(MINUTE)
  await record()
  expect(logged()).toBe(2)
})
