import { expect, it } from 'vitest'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { DAY } from '../../src/time-units.ts'
import { isCompacted } from '../support/compacted.ts'
import { eventually } from '../support/eventually.ts'
import { openOn } from '../support/service.ts'
import { expectSameState, snapshot } from '../support/state-snapshot.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { domain, reasonOf, record, times } from './counted-events.ts'

it('the reason why an event did not count is known after a restart, from the journal and from a snapshot', async () => {
  const dataDir = await temporaryDirectory()
  const service = await openOn(undefined, { dataDir, domain })
  const inputs = Array.from({ length: 4 }, (_, n) => ({ eventId: `k${n}`, userId: 'ann', itemId: 'i1', eventType: 'view' }))
  const late = { ...inputs[0], eventId: 'k-late', timestamp: service.clock.now() - 8 * DAY }
  const reasons = [...times(3).map(() => undefined), 'ITEM_CAP', 'LATE']
  expect((await service.ingest.record([...inputs, late])).map(reasonOf)).toEqual(reasons)
  await service.close()
  for (const start of ['from the journal', 'from the journal, into a snapshot', 'from the snapshot']) {
    const snapshotEvery = start === 'from the journal' ? 0 : 1e-6
    const again = await openOn(undefined, { dataDir, clock: service.clock, domain, snapshotEvery })
    const known = await again.ingest.record([...inputs, late])
    expect(
      known.map(({ status }) => status),
      start,
    ).toEqual(known.map(() => 'DUPLICATE'))
    expect(known.map(reasonOf), start).toEqual(reasons)
    if (snapshotEvery > 0) await eventually(async () => expect(await isCompacted(dataDir)).toBe(true))
    await again.close()
  }
})

it('an event that did not count does not count after a restart either, even if the limits have changed', async () => {
  const dataDir = await temporaryDirectory()
  const service = await openOn(undefined, { dataDir, domain })
  await record(service, ...times(7), { eventAttributes: { traffic: 'staff' } })
  const before = await snapshot(service, ['ann'])
  await service.close()
  const loose = { ...domain, limits: { ...domain.limits, eventsPerMinute: 1000 } }
  const again = await openOn(undefined, { dataDir, clock: service.clock, domain: loose })
  expectSameState(await snapshot(again, ['ann']), before)
})

it('the weight that a device added to an item in a day is known after a restart, from the journal and from a snapshot', async () => {
  const dataDir = await temporaryDirectory()
  const shop = { ...eCommerce, limits: { ...eCommerce.limits, weightPerItemAndDay: 6 } }
  const service = await openOn(undefined, { dataDir, domain: shop })
  const inputs = Array.from({ length: 8 }, (_, n) => ({ eventId: `d${n}`, userId: 'ann', itemId: 'i1', eventType: 'view' }))
  const reasons = inputs.map((_, n) => (n < 6 ? undefined : 'ITEM_CAP'))
  expect((await service.ingest.record(inputs, 'device')).map(reasonOf)).toEqual(reasons)
  await service.ingest.record(inputs.map((input) => ({ ...input, eventId: `of-server-${input.eventId}` })))
  const before = await snapshot(service, ['ann'])
  await service.close()
  for (const snapshotEvery of [0, 1e-6, 0]) {
    const again = await openOn(undefined, { dataDir, clock: service.clock, domain: shop, snapshotEvery })
    expectSameState(await snapshot(again, ['ann']), before)
    expect((await again.ingest.record(inputs, 'device')).map(reasonOf)).toEqual(reasons)
    if (snapshotEvery > 0) await eventually(async () => expect(await isCompacted(dataDir)).toBe(true))
    await again.close()
  }
  const last = await openOn(undefined, { dataDir, clock: service.clock, domain: shop })
  const [outcome] = await last.ingest.record([{ userId: 'ann', itemId: 'i1', eventType: 'view' }], 'device')
  expect(reasonOf(outcome)).toBe('ITEM_CAP')
})

it('invented names that did not count do not count after a restart, and are still counted in their hour', async () => {
  const dataDir = await temporaryDirectory()
  const shop = { ...eCommerce, limits: { ...eCommerce.limits, unknownPerHour: 3 } }
  const service = await openOn(undefined, { dataDir, domain: shop })
  const inputs = Array.from({ length: 5 }, (_, n) => ({
    eventId: `u${n}`,
    userId: 'ann',
    itemId: `made-up-${n}`,
    eventType: 'view',
    eventAttributes: { surface: `made-up-${n}`, position: 2 },
  }))
  const reasons = [undefined, undefined, undefined, 'UNKNOWN_ITEM_CAP', 'UNKNOWN_ITEM_CAP']
  expect((await service.ingest.record(inputs, 'device')).map(reasonOf)).toEqual(reasons)
  const before = await snapshot(service, ['ann'])
  await service.close()
  const again = await openOn(undefined, { dataDir, clock: service.clock, domain: shop })
  expectSameState(await snapshot(again, ['ann']), before)
  expect((await again.ingest.record(inputs, 'device')).map(reasonOf)).toEqual(reasons)
  const [outcome] = await again.ingest.record([{ userId: 'ann', itemId: 'another', eventType: 'view' }], 'device')
  expect(reasonOf(outcome)).toBe('UNKNOWN_ITEM_CAP')
})
