import { describe, expect, it } from 'vitest'
import type { EventOutcome } from '../../src/events/arriving-event.ts'
import { Enrichment } from '../../src/events/enrichment.ts'
import { Ingest } from '../../src/events/ingest.ts'
import { systemRandomness } from '../../src/random.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { HOUR } from '../../src/time-units.ts'
import { bothStores } from '../support/each-store.ts'
import { failing, mergesOn, record, swapping, versionIn } from './merging.ts'

bothStores((open) => {
  describe('events during a merge', () => {
    it('answer with no lower version while the middle of a chain is moving', async () => {
      const service = await open()
      await service.people.merge('bob', 'ann')
      const again = { eventId: 'again', userId: 'bob', itemId: 'i1', eventType: 'view' }
      const versions: number[] = []
      const send = async () => {
        const [outcome] = await service.ingest.record([again])
        if ('userVersion' in outcome) versions.push(outcome.userVersion)
      }
      await send()
      for (let n = 0; n < 5; n++) await record(service, 'ann', 'i1')
      await record(service, 'dee', 'i1')
      await send()
      const { store } = failing(service.store, 2, 'before')
      await expect(mergesOn(service, store).merge('ann', 'dee')).rejects.toThrow('cut')
      await send()
      expect(versions).toHaveLength(3)
      expect(versions).toEqual([...versions].sort((a, b) => a - b))
    })

    it('answer a duplicate with no lower version than the other events of its batch', async () => {
      const service = await open()
      await record(service, 'bob', 'i1', { eventId: 'before' })
      await service.people.merge('bob', 'ann')
      const [later, before] = await service.ingest.record([
        { eventId: 'later', userId: 'bob', itemId: 'i1', eventType: 'view' },
        { eventId: 'before', userId: 'bob', itemId: 'i1', eventType: 'view' },
      ])
      expect([later.status, before.status]).toEqual(['RECORDED', 'DUPLICATE'])
      expect('userVersion' in before && 'userVersion' in later && before.userVersion - later.userVersion).toBe(0)
    })

    // Found by the simulation, seed 78402.
    it('answer with no lower version after the clock was ahead during a merge', async () => {
      const service = await open()
      await record(service, 'bob', 'i1')
      await record(service, 'ann', 'i1')
      const { clock } = service
      const store = swapping(service.store, async (swap, commit) => {
        const outcome = await commit(swap)
        const entry = swap.entry()
        if (entry.kind === 'merge' && entry.step === 'take') clock.step(HOUR)
        return outcome
      })
      await mergesOn(service, store).merge('bob', 'ann')
      clock.step(-HOUR)
      const { user } = await readKnownUser(service, 'ann', clock.now())
      const [left] = await service.people.readAll(['bob'])
      expect(left.value.links.isMoving).toBe(false)
      expect(left.value.version).toBeLessThanOrEqual(user.version)
    })

    it('answer a duplicate that was found during the merge of its id with the version of the user', async () => {
      const service = await open()
      const before = { eventId: 'before', userId: 'bob', itemId: 'i1', eventType: 'view' }
      await service.ingest.record([before])
      let later: EventOutcome | undefined
      const store = swapping(service.store, async (swap, commit) => {
        const outcome = await commit(swap)
        if (outcome.status !== 'known' || later) return outcome
        await service.people.merge('bob', 'ann')
        ;[later] = await service.ingest.record([{ ...before, eventId: 'later' }])
        return outcome
      })
      const enrichment = new Enrichment({ ...service, store })
      const [again] = await new Ingest({ ...service, store, random: systemRandomness(), enrichment }).record([before])
      expect([later?.status, again.status]).toEqual(['RECORDED', 'DUPLICATE'])
      expect(versionIn(again)).toBe(versionIn(later!))
    })
  })
})
