import { expect, it, onTestFinished, vi } from 'vitest'
import { ChargedPoints } from '../../bench/support/charged-points.ts'
import { bothStores } from '../support/each-store.ts'
import { post } from '../support/graphql-client.ts'
import { openTestService, serve } from '../support/server.ts'
import type { OpenedService } from '../support/service.ts'
import { JWT_SECRET, token } from '../support/tokens.ts'

type Erasing = Pick<OpenedService, 'ingest' | 'erasures' | 'people'>

const record = ({ ingest }: Erasing, userId: string, events: number, text = '') =>
  ingest.record(Array.from({ length: events }, () => ({ userId, eventType: 'search', itemId: 'i1', eventAttributes: { text } })))

/** A person with this number of ids besides `one`, each with an event. */
async function merge(service: Erasing, ids: number): Promise<void> {
  await record(service, 'one', 1)
  for (let n = 0; n < ids; n++) {
    await record(service, `other-${n}`, 1)
    await service.people.merge(`other-${n}`, 'one')
  }
}

async function erase({ erasures }: Erasing, userId: string) {
  let points = 0
  const erased = await erasures.erase(userId, (more) => {
    points += more
  })
  return { points, ...erased }
}

bothStores((open) => {
  it('an erasure costs points for what it reads of the log', async () => {
    const service = await open()
    await record(service, 'small', 1)
    const { points: before } = await erase(service, 'small')
    await record(service, 'large', 100, 'x'.repeat(5000))
    expect((await erase(service, 'large')).points - before).toBeGreaterThan((100 * 5000) / 250)
  })

  it('an erasure costs points for each id of the person, and for all that goes', async () => {
    const service = await open()
    await record(service, 'alone', 1)
    const alone = await erase(service, 'alone')
    await merge(service, 10)
    const merged = await erase(service, 'other-3')
    const gone = merged.keys + merged.logEntries - alone.keys - alone.logEntries
    expect(merged.points - alone.points).toBeGreaterThan(10 * 500 + 25 * gone)
  })
})

it('erasures at the same time share the points of their pass', async () => {
  const service = await openTestService()
  const userIds = ['one', 'two', 'three']
  for (const userId of userIds) await record(service, userId, 1)
  vi.spyOn(service.store, 'erase').mockImplementation(async (persons, count) => {
    count?.(3 * 2500)
    return persons.map(() => ({ keys: 0, logEntries: 0 }))
  })
  const together = await Promise.all(userIds.map((userId) => erase(service, userId)))
  expect(together.map(({ points }) => points)).toEqual(userIds.map(() => 500 + 10))
})

it('eraseUser costs what its erasure costs', async () => {
  const service = await openTestService({ tokens: { JWT_SECRET } })
  const { url } = await serve(service)
  const charged = new ChargedPoints()
  onTestFinished(() => charged.close())
  await merge(service, 10)
  const mutation = 'mutation { eraseUser(input: { userId: "one" }) { ... on EraseUserPayload { keys } } }'
  expect((await post(url, mutation, {}, await token({ role: 'admin', sub: 'operator' }))).errors).toBeUndefined()
  expect(charged.read()).toBeGreaterThan(20_000 + 10 * 500)
})
