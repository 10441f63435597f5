import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import type { Domain } from '../../src/domain/domain.ts'
import { DataFolder } from '../../src/import/data-folder.ts'
import { importLog } from '../../src/import/import-log.ts'
import { HOUR } from '../../src/time-units.ts'
import { DECLARING } from '../support/declaring-shop.ts'
import { readLogs } from '../support/log-oracle.ts'
import { asker } from '../support/server.ts'
import { bothStores } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const START = Date.UTC(2024, 5, 3)
const logged = z.looseObject({
  kind: z.string(),
  userId: z.string().optional(),
  userAttributes: z.unknown().optional(),
  events: z.array(z.looseObject({ event: z.looseObject({ eventId: z.string() }) })).optional(),
})

const view = (n: number, userId: string) => ({
  ...{ eventId: `e${n}`, userId, eventType: 'view', itemId: `i${n}`, timestamp: START + n * HOUR },
})

bothStores((open, kind) => {
  const imported = async (events: readonly object[], users: readonly object[], domain: Domain = DECLARING) => {
    const [folder, dataDir] = [await temporaryDirectory(), await temporaryDirectory()]
    const write = (name: string, lines: readonly object[]) =>
      writeFile(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    await write('events.jsonl', events)
    await write('users.jsonl', users)
    const clock = new SettableClock(0, true)
    const service = await open({ domain, clock, ...(kind === 'embedded' && { dataDir }) })
    const report = await importLog({ data: new DataFolder(folder), service, clock, onProgress: () => {} })
    await service.store.settle()
    const lines =
      service.redisUrl === undefined
        ? (await readFile(join(dataDir, 'journal.jsonl'), 'utf8')).split('\n')
        : await readLogs(service)
    const entries = lines.filter((line) => line !== '').map((line) => logged.parse(JSON.parse(line)))
    const known = entries.flatMap(({ events: recorded = [], userAttributes }) =>
      recorded.map(({ event }): [string, unknown] => [event.eventId, userAttributes]),
    )
    return { report, known: Object.fromEntries(known), service }
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
    const query = '{ userFeatures(userIds: ["bob"], names: ["user_age"]) { features { value } } }'
    expect((await asker(service)(query)).data).toEqual({ userFeatures: [{ features: [{ value: 21 }] }] })
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
})
