import { expect, it } from 'vitest'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { HOUR } from '../../../src/time-units.ts'
import { serveNeighbours } from '../../support/neighbour-lists.ts'
import { openOn } from '../../support/service.ts'
import { SettableClock } from '../../support/settable-clock.ts'
import { REQUEST } from '../../support/slate-request.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { openLog } from './served-and-recorded.ts'

it('a replay of the own log proposes what the neighbour lists of that moment name', async () => {
  const dataDir = await temporaryDirectory()
  const clock = new SettableClock()
  const service = await openOn(undefined, { dataDir, clock, domain: eCommerce })
  await service.uploads.upsertItems(['a', 'x', 'y'].map((itemId) => ({ itemId, attributes: {} })))
  const view = (eventId: string) => service.ingest.record([{ eventId, userId: 'me', eventType: 'view', itemId: 'a' }])
  for (const [version, neighbours] of Object.entries({ v1: { a: { x: 1 } }, v2: { a: { y: 1 } } })) {
    await serveNeighbours(service, version, neighbours)
    await view(version)
    clock.advance(HOUR)
  }
  const log = await openLog(dataDir)
  const state = await log.begin()
  const proposed: string[][] = []
  for await (const { entry, where } of log.entries()) {
    await state.apply(entry, where)
    if (entry.kind !== 'events') continue
    const { gathered } = await state.at(entry.recordedAt, () => state.recommender.candidates({ ...REQUEST, userId: 'me' }))
    const ranks = gathered.standings.get('offline_neighbours')!.ranks
    proposed.push(gathered.itemIds.filter((_, row) => !Number.isNaN(ranks[row])))
  }
  expect(proposed).toEqual([['x'], ['y']])
})
