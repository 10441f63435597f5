import { describe, expect, it } from 'vitest'
import { DAY, MINUTE } from '../../src/time-units.ts'
import { bothStores } from '../support/each-store.ts'
import { type OpenedService, openOn } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { REQUEST } from '../support/slate-request.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

async function record(service: OpenedService, eventId: string, userId = 'ann'): Promise<string> {
  const [outcome] = await service.ingest.record([{ eventId, userId, itemId: 'i1', eventType: 'view' }])
  return outcome.status
}

bothStores((open) => {
  describe.each([730 * DAY, -730 * DAY])('a clock that is %d ms off for a while', (off) => {
    it('makes no event count twice, whenever it was recorded', async () => {
      const service = await open()
      const { clock } = service
      for (let day = 0; day < 7; day++) {
        expect(await record(service, `e${day}`)).toBe('RECORDED')
        clock.step(off)
        expect(await record(service, `off${day}`)).toBe('RECORDED')
        expect(await record(service, `e${day}`)).toBe('DUPLICATE')
        clock.step(-off)
        clock.advance(DAY - MINUTE)
      }
      expect(await record(service, 'after')).toBe('RECORDED')
      for (let day = 0; day < 7; day++) {
        expect(await record(service, `e${day}`), `e${day}`).toBe('DUPLICATE')
        expect(await record(service, `off${day}`), `off${day}`).toBe('DUPLICATE')
      }
    })

    it('forgets no slate before its time', async () => {
      const service = await open()
      await service.uploads.upsertItems([{ itemId: 'i1', attributes: {} }])
      const before = await service.recommender.recommend(REQUEST, 'INITIAL')
      service.clock.step(off)
      const meanwhile = await service.recommender.recommend(REQUEST, 'INITIAL')
      service.clock.step(-off)
      await service.recommender.recommend(REQUEST, 'INITIAL')
      for (const { recommendationId } of [before, meanwhile]) expect(await service.store.getSlate(recommendationId)).toBeDefined()
    })
  })

  it('does not make a process that starts meanwhile forget event ids', async () => {
    // Redis goes by the clock of this machine.
    const now = Date.now()
    const dataDir = await temporaryDirectory()
    const first = await open({ dataDir, clock: new SettableClock(now) })
    const { prefix } = first
    expect(await record(first, 'e1')).toBe('RECORDED')
    await first.close()
    const ahead = await open({ dataDir, prefix, clock: new SettableClock(now + 730 * DAY) })
    expect(await record(ahead, 'e2')).toBe('RECORDED')
    await ahead.close()
    const right = await open({ dataDir, prefix, clock: new SettableClock(now + MINUTE) })
    expect(await record(right, 'e3')).toBe('RECORDED')
    for (const eventId of ['e1', 'e2', 'e3']) expect(await record(right, eventId), eventId).toBe('DUPLICATE')
  })
})

it('does not remove users from a snapshot that is written meanwhile', async () => {
  const dataDir = await temporaryDirectory()
  const service = await openOn(undefined, { dataDir })
  const { clock } = service
  await record(service, 'e1', 'ann')
  await record(service, 'e2', 'bob')
  clock.step(730 * DAY)
  await service.erasures.erase('bob')
  clock.step(-730 * DAY)
  await service.close()
  const restarted = await openOn(undefined, { dataDir, clock })
  const [ann] = await restarted.store.readValues([{ kind: 'user', id: 'ann' }])
  expect(restarted.accumulators.codec.decode(ann).lastEventAt).toBeGreaterThan(0)
  expect(await restarted.store.readEvents('ann')).toHaveLength(1)
})
