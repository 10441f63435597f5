import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import type { Domain } from '../../src/domain/domain.ts'
import { importLog } from '../../src/import/import-log.ts'
import { HOUR } from '../../src/time-units.ts'
import { DECLARING } from '../support/declaring-shop.ts'
import { bothStores } from '../support/each-store.ts'
import { readLogs } from '../support/log-oracle.ts'
import { loggedFolder } from '../support/logged-folder.ts'
import { asker } from '../support/server.ts'
import type { OpenedService } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const START = Date.UTC(2024, 5, 3)
const logged = z.looseObject({
  kind: z.string(),
  id: z.string().optional(),
  userId: z.string().optional(),
  userAttributes: z.unknown().optional(),
  events: z.array(z.looseObject({ event: z.looseObject({ eventId: z.string() }) })).optional(),
})

const view = (n: number, userId: string) => ({
  ...{ eventId: `e${n}`, userId, eventType: 'view', itemId: `i${n}`, timestamp: START + n * HOUR },
})

/** Asks for the age of bob as the service knows it. @returns the `data` of the answer */
async function ageOfBob(service: OpenedService): Promise<unknown> {
  const query = '{ userFeatures(userIds: ["bob"], names: ["user_age"]) { features { value } } }'
  return (await asker(service)(query)).data
}

bothStores((open, kind) => {
  const imported = async (events: readonly object[], users: readonly object[], domain: Domain = DECLARING) => {
    const dataDir = await temporaryDirectory()
    const clock = new SettableClock(0, true)
    const service = await open({ domain, clock, ...(kind === 'embedded' && { dataDir }) })
    const report = await importLog({ data: loggedFolder(events, { users }), service, clock, onProgress: () => {} })
    await service.store.settle()
    const lines =
      service.redisUrl === undefined
        ? (await readFile(join(dataDir, 'journal.jsonl'), 'utf8')).split('\n')
        : await readLogs(service)
    const entries = lines.filter((line) => line !== '').map((line) => logged.parse(JSON.parse(line)))
    const known = entries.flatMap(({ events: recorded = [], userAttributes }) =>
      recorded.map(({ event }): [string, unknown] => [event.eventId, userAttributes]),
    )
    const uploads = entries.flatMap(({ kind: of, id }) => (of === 'user' ? [id] : []))
    return { report, known: Object.fromEntries(known), uploads, service }
  }

  it('an import gives events the attributes that their users had at the time', async () => {
    const events = [view(0, 'ann'), view(1, 'bob'), view(2, 'ann'), view(3, 'bob'), view(4, 'bob')]
    const { report, known, service } = await imported(events, [
      { userId: 'ann', attributes: { city: 'Graz' } },
      { userId: 'bob', attributes: { age: 20 }, timestamp: START },
      { userId: 'bob', attributes: { age: 21, city: 'Linz' }, timestamp: START + 3 * HOUR },
    ])
    expect(report).toMatchObject({ recorded: 5, rejected: 0 })
    expect(known).toEqual({
      e0: { city: 'Graz' },
      e1: { age: 20 },
      e2: { city: 'Graz' },
      e3: { age: 21, city: 'Linz' },
      e4: { age: 21, city: 'Linz' },
    })
    expect(await ageOfBob(service)).toEqual({ userFeatures: [{ features: [{ value: 21 }] }] })
  })

  it('an import uses no attributes of users who opted out or have not consented', async () => {
    const events = [view(0, 'ann'), view(1, 'bob'), view(2, 'cem')]
    const users = [
      { userId: 'ann', attributes: { city: 'Graz' }, consent: true },
      { userId: 'bob', attributes: { city: 'Graz' } },
      { userId: 'cem', attributes: { city: 'Graz' }, consent: true, optOut: true },
    ]
    const { known } = await imported(events, users, { ...DECLARING, consent: 'required' })
    expect(known.e0).toEqual({ city: 'Graz' })
    expect(known.e1).toBeUndefined()
    expect(known.e2).toBeUndefined()
  })

  it('an import uploads each line of a user once, in the order of the times', async () => {
    const users = [
      { userId: 'bob', attributes: { age: 21 }, timestamp: START + HOUR },
      { userId: 'bob', attributes: { age: 20 }, timestamp: START },
      { userId: 'ann', attributes: { city: 'Graz' } },
      { userId: 'eve', attributes: { city: 'Linz' } },
    ]
    const { uploads, service } = await imported([view(0, 'bob'), view(1, 'ann'), view(2, 'bob')], users)
    expect(uploads.toSorted()).toEqual(['ann', 'bob', 'bob', 'eve'])
    expect(await ageOfBob(service)).toEqual({ userFeatures: [{ features: [{ value: 21 }] }] })
  })

  it('an attribute that a later line of a user omits is unknown from then on', async () => {
    const users = [
      { userId: 'bob', attributes: { age: 20, city: 'Graz' }, timestamp: START },
      { userId: 'bob', attributes: { city: 'Linz' }, timestamp: START + HOUR },
    ]
    const { known } = await imported([view(0, 'bob'), view(1, 'bob')], users)
    expect(known).toEqual({ e0: { age: 20, city: 'Graz' }, e1: { city: 'Linz' } })
  })

  it('a user whose last line opts in again keeps the attributes of that line', async () => {
    const users = [
      { userId: 'bob', attributes: {}, optOut: true },
      { userId: 'bob', attributes: { age: 21 }, optOut: false },
    ]
    const { service } = await imported([view(0, 'bob')], users)
    expect(await ageOfBob(service)).toEqual({ userFeatures: [{ features: [{ value: 21 }] }] })
  })
})
