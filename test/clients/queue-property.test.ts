import fc from 'fast-check'
import { expect, it } from 'vitest'
import { memoryStorage } from '../../clients/typescript/src/index.ts'
import { UnavailableError } from '../../src/errors.ts'
import { endpointOf, openTestService } from '../support/server.ts'
import { Device, Network, PassingClock, recordedIds } from './device.ts'

type Step =
  | { readonly act: 'record'; readonly isValid: boolean }
  | { readonly act: 'pass'; readonly ms: number }
  | { readonly act: 'network'; readonly fate: Network['fate'] }
  | { readonly act: 'restart'; readonly isSudden: boolean }
  | { readonly act: 'busy' }
  | { readonly act: 'flush' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('record' as const), isValid: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 100_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('network' as const),
      fate: fc.constantFrom<Network['fate']>('arrives', 'is lost', 'answer is lost'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('restart' as const), isSudden: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ act: 'busy' as const }) },
  { weight: 1, arbitrary: fc.constant({ act: 'flush' as const }) },
)

it('no order of failures loses an event or counts it twice', async () => {
  const service = await openTestService()
  const yoga = endpointOf(service)
  const record = service.ingest.record.bind(service.ingest)
  let busy = 0
  service.ingest.record = async (rows, ...rest) => {
    if (busy-- > 0) throw new UnavailableError('The store does not answer.')
    return record(rows, ...rest)
  }
  let people = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const userId = `person-${people++}`
      const network = new Network('http://in.process/graphql', async (to, init) => yoga.fetch(String(to), init as never) as never)
      const [storage, clock] = [memoryStorage(), new PassingClock()]
      const devices: Device[] = []
      const start = () => devices.push(new Device({ url: network.url, userId, fetch: network.fetch, storage, clock }))
      const valid: string[] = []
      const invalid: string[] = []
      busy = 0
      start()
      for (const one of steps) {
        const { client } = devices.at(-1)!
        if (one.act === 'record') {
          const eventId = `e${valid.length + invalid.length}`
          ;(one.isValid ? valid : invalid).push(eventId)
          await client.recordEvent({ eventId, eventType: one.isValid ? 'view' : '', itemId: 'mug' })
        } else if (one.act === 'pass') clock.pass(one.ms)
        else if (one.act === 'network') network.fate = one.fate
        else if (one.act === 'busy') busy = 1
        else if (one.act === 'flush') await client.flush()
        else {
          if (!one.isSudden) await client.flush()
          client.close()
          start()
        }
      }
      network.fate = 'arrives'
      busy = 0
      const last = devices.at(-1)!
      await last.client.wake()
      await last.client.flush()
      expect(await storage.load()).toEqual([])
      expect((await recordedIds(service, userId)).sort()).toEqual(valid.sort())
      const settled = devices.flatMap((device) => device.outcomes)
      const refused = settled.filter(({ status }) => status === 'REJECTED').map(({ event }) => event.eventId)
      expect([...new Set(refused)].sort()).toEqual(invalid.sort())
      for (const { client } of devices) client.close()
    }),
    { numRuns: 60 },
  )
})
