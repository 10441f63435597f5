import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeSlate } from '../../../src/state/slate-codec.ts'
import { SHOP } from '../../../src/state/slots.ts'
import { DAY } from '../../../src/time-units.ts'
import { checkProperty } from '../../support/check-property.ts'
import { eventually } from '../../support/eventually.ts'
import { history, play, USERS } from '../../support/random-history.ts'
import { type OpenedService, openOn } from '../../support/service.ts'
import { SettableClock } from '../../support/settable-clock.ts'
import { expectSameState, snapshot, unexpired } from '../../support/state-snapshot.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { ALWAYS, compact, counted, snapshotsIn, statusOf, view } from './compacted-store.ts'

describe('a start from a snapshot', () => {
  it('restores the last state, whatever was recorded while snapshots were written', async () => {
    const property = fc.asyncProperty(fc.array(history, { minLength: 1, maxLength: 4 }), async (lives) => {
      const dataDir = await temporaryDirectory()
      const clock = new SettableClock()
      let written = 0
      for (const steps of lives) {
        const live = await openOn(undefined, { dataDir, clock, snapshotEvery: ALWAYS })
        await play(live, steps)
        const expected = unexpired(await snapshot(live, USERS), clock.now())
        await live.close()
        expect(live.warnings).toEqual([])
        written += (await snapshotsIn(dataDir)).length
        const restored = await openOn(undefined, { dataDir, clock })
        expectSameState(unexpired(await snapshot(restored, USERS), clock.now()), expected)
        expect(restored.warnings).toEqual([])
        await restored.close()
      }
      snapshots += written
    })
    let snapshots = 0
    await checkProperty(property, 20)
    expect(snapshots).toBeGreaterThan(25)
  })

  it('knows ids and slates from before it', async () => {
    const dataDir = await temporaryDirectory()
    const clock = new SettableClock()
    const first = await openOn(undefined, { dataDir, clock })
    await first.ingest.record(Array.from({ length: 2000 }, (_, n) => view(`e${n}`, `u${n % 7}`)))
    const entry = { kind: 'slate', recommendationId: '00-a', userId: 'ann', at: clock.wall(), slate: { items: [1] } } as const
    await first.store.putSlate(entry)
    const events = await first.store.readEvents('u1')
    expect(events).toHaveLength(200)
    await first.close()
    await compact({ dataDir, clock })
    await rm(join(dataDir, 'journal-000001.jsonl'))
    const after = await openOn(undefined, { dataDir, clock })
    expect(after.isNew).toBe(false)
    const again = await after.ingest.record(Array.from({ length: 2001 }, (_, n) => view(`e${n}`, `u${n % 7}`)))
    expect(again.slice(0, 2000).every(({ status }) => status === 'DUPLICATE')).toBe(true)
    expect(again[2000].status).toBe('RECORDED')
    expect(decodeSlate('00-a', (await after.store.getSlate('00-a'))!)).toEqual({ items: [1] })
    expect(await after.store.readEvents('u1')).toEqual(events)
    expect([...(await after.store.sampleUsers())].sort()).toEqual(['u0', 'u1', 'u2', 'u3', 'u4', 'u5', 'u6'])
    clock.advance(9 * DAY)
    expect(await statusOf(after, view('later'))).toBe('RECORDED')
    expect(await statusOf(after, view('e1', 'u1'))).toBe('RECORDED')
  })

  it('leaves out expired state, which begins anew at the next event', async () => {
    const dataDir = await temporaryDirectory()
    const clock = new SettableClock()
    const options = { dataDir, clock }
    const first = await openOn(undefined, options)
    await first.uploads.upsertUsers([{ userId: 'known', attributes: { segment: 'vip' } }])
    for (const user of ['ann', 'known']) await first.ingest.record([view(`${user}1`, user)])
    clock.advance(96 * DAY)
    await first.ingest.record([view('bob1', 'bob', 'i2')])
    await first.close()
    await compact(options)
    const held = async (service: OpenedService) => Object.keys((await snapshot(service, ['ann', 'bob', 'known'])).users)
    const second = await openOn(undefined, options)
    expect(await held(second)).toEqual(['ann', 'bob', 'known'])
    clock.advance(3 * DAY)
    await second.close()
    await compact(options)
    await compact(options)
    const third = await openOn(undefined, options)
    expect(await held(third)).toEqual(['bob', 'known'])
    expect(await third.store.readEvents('ann')).toEqual([])
    expect(await third.store.readEvents('bob')).toHaveLength(1)
    const { rows, layout } = await snapshot(third, [])
    expect(Object.keys(rows).filter((entity) => entity.startsWith('item:'))).toEqual(['item:i2'])
    expect(rows[SHOP]).toBeDefined()
    await third.ingest.record([view('ann2')])
    expect(await counted(third, 'ann')).toBe(1)
    expect((await snapshot(third, [])).rows['item:i1'][layout.names.item.indexOf('views')]).toBe(1)
  })

  it('keeps merged ids, and a version that is ahead of the clock, even without any event', async () => {
    const dataDir = await temporaryDirectory()
    const clock = new SettableClock()
    const first = await openOn(undefined, { dataDir, clock })
    await first.people.merge('anon', 'ann')
    for (let n = 0; n < 3; n++) await first.uploads.upsertUsers([{ userId: 'bob', attributes: {} }])
    const { users } = await snapshot(first, ['ann', 'anon', 'bob'])
    expect(Object.keys(users)).toEqual(['ann', 'anon', 'bob'])
    await first.close()
    await compact({ dataDir, clock })
    const second = await openOn(undefined, { dataDir, clock })
    expect((await snapshot(second, ['ann', 'anon', 'bob'])).users).toEqual(users)
    clock.advance(100 * DAY)
    await second.close()
    await compact({ dataDir, clock })
    const third = await openOn(undefined, { dataDir, clock })
    expect((await snapshot(third, ['ann', 'anon', 'bob'])).users).toEqual({ ann: users.ann, anon: users.anon })
  })

  it('removes from memory what the snapshot leaves out, even for callers that had read it', async () => {
    const dataDir = await temporaryDirectory()
    const clock = new SettableClock()
    const service = await openOn(undefined, { dataDir, clock, snapshotEvery: 0.5 })
    await service.ingest.record([view('e1')])
    clock.advance(99 * DAY)
    let sent = 0
    await eventually(async () => {
      await service.ingest.record(Array.from({ length: 100 }, () => view(`x${++sent}`, `u${sent}`, 'i2')))
      expect(await snapshotsIn(dataDir)).toHaveLength(1)
    }, 1)
    expect(Object.keys((await snapshot(service, ['ann'])).users)).toEqual([])
    expect(await statusOf(service, view('e2'))).toBe('RECORDED')
    expect(await counted(service, 'ann')).toBe(1)
    const before = await snapshot(service, ['ann'])
    await service.close()
    expectSameState(await snapshot(await openOn(undefined, { dataDir, clock }), ['ann']), before)
  })
})
