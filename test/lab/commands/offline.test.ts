import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { liverank } from '../../support/command.ts'
import { freePort } from '../../support/free-port.ts'
import { post } from '../../support/graphql-client.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { StartedService } from '../../support/started-service.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { trainingAvailable } from '../../support/training-environment.ts'

const ITEMS = `mutation ($items: [ItemInput!]!) { upsertItems(input: { items: $items }) { ... on UpsertPayload { accepted } } }`
const RECORD =
  'mutation ($events: [RecordEventInput!]!) { recordEvents(input: { events: $events }) { ... on RecordEventsPayload { recorded } } }'
const SLATE = `query ($userId: ID!) {
  recommendations(input: { userId: $userId, first: 20 }) { items { item { itemId } sources { name } } }
}`

interface SlateItem {
  readonly item: { readonly itemId: string }
  readonly sources: readonly { readonly name: string }[]
}

/** Items that the source proposed to a user. */
async function proposed(url: string, userId: string): Promise<string[]> {
  const { data } = await post(url, SLATE, { userId })
  const { items } = (data as { recommendations: { items: SlateItem[] } }).recommendations
  return items.flatMap(({ item, sources }) => (sources.some(({ name }) => name === 'offline_neighbours') ? item.itemId : []))
}

const item = (kind: number, i: number) => `${'abcde'[kind]}${i}`

/** Users of whom each acts on items of one kind. */
const EVENTS = Array.from({ length: 240 }, (_, n) => {
  const user = n % 60
  return {
    eventId: `e${n}`,
    userId: `u${user}`,
    sessionId: 's',
    eventType: 'view',
    itemId: item(user % 5, Math.floor(n / 60) + (user % 2)),
  }
})

async function fill(url: string): Promise<void> {
  const items = [0, 1, 2, 3, 4].flatMap((kind) => [0, 1, 2, 3, 4].map((i) => ({ itemId: item(kind, i), attributes: {} })))
  expect((await post(url, ITEMS, { items })).data).toEqual({ upsertItems: { accepted: 25 } })
  expect((await post(url, RECORD, { events: EVENTS })).data).toEqual({ recordEvents: { recorded: 240 } })
}

describe('liverank offline', () => {
  it.skipIf(!trainingAvailable)('computes lists from the log of a running service, which then proposes their items', async () => {
    const DATA_DIR = await temporaryDirectory()
    const service = new StartedService({ DATA_DIR, MODEL: '' })
    const url = await service.serving()
    await fill(url)
    expect(await proposed(url, 'u0')).toEqual([])
    const { code, out, errors } = await liverank(['offline', DATA_DIR, '--url', url])
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(out).toContain('Read 240 actions on 25 items. 25 items have lists, and 100.0 % of the actions are on these items.')
    expect(out).toMatch(/uses version ease-\S+ until \S+Z\./)
    const found = await proposed(url, 'u0')
    expect(found.length).toBeGreaterThan(0)
    expect(found.filter((itemId) => !itemId.startsWith('a'))).toEqual([])
    // A second run replaces the lists, also from an export.
    const target = join(await temporaryDirectory(), 'log')
    expect(await liverank(['export', target], { DATA_DIR })).toMatchObject({ code: 0 })
    expect(await liverank(['offline', target, '--url', url])).toMatchObject({ code: 0, errors: '' })
    expect(await proposed(url, 'u0')).toEqual(found)
  })

  it.skipIf(!trainingAvailable)('ends with a sentence, before it reads a log, if no service answers', async () => {
    const log = loggedFolder(EVENTS.map((event, n) => ({ ...event, timestamp: 1e12 + n })))
    const url = `http://127.0.0.1:${await freePort()}/graphql`
    const { code, out, errors } = await liverank(['offline', log.folder, '--url', url])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(errors).toBe(`liverank: Nothing answers at ${url}: pass the address of a running service.\n`)
  })

  it.skipIf(!trainingAvailable)('ends before it reads a log if the key is not that of an admin', async () => {
    const DATA_DIR = await temporaryDirectory()
    const created = await liverank(['keys', 'create', '--role', 'backend', '--name', 'shop'], { DATA_DIR })
    const url = await new StartedService({ DATA_DIR, MODEL: '', HOST: '0.0.0.0' }).serving()
    const log = loggedFolder(EVENTS.map((event, n) => ({ ...event, timestamp: 1e12 + n })))
    const settings = { LIVERANK_TOKEN: created.out.trim() }
    const { code, out, errors } = await liverank(['offline', log.folder, '--url', url], settings)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(errors).toMatch(/auditLog/)
  })
})
