import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { UNCLICKED } from '../../src/accumulators/item-click-rate.ts'
import { readFigures } from '../../src/analysis/attribute-figures.ts'
import { DataFolder } from '../../src/import/data-folder.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import { kindOf } from '../../src/state/slots.ts'
import { LIVERANK } from '../support/built-command.ts'
import { eventually } from '../support/eventually.ts'
import { loggedFolder } from '../support/logged-folder.ts'
import { itWhenLong } from '../support/long.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { openOn } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { simulatedFolder } from '../support/simulated-folder.ts'
import { expectSameState, type Snapshot, snapshot } from '../support/state-snapshot.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const folder = simulatedFolder()

function startImport(settings: Record<string, string>, data = folder, ...options: string[]) {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [LIVERANK, 'import', data, ...options], {
    env: { PATH, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const output = text(child.stdout)
  const errors = text(child.stderr)
  const ended = once(child, 'exit')
  return {
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
    finished: async () => {
      const [code] = await ended
      return { code, output: await output, errors: await errors }
    },
  }
}

async function usersAndEnd(): Promise<{ users: string[]; events: number; end: number }> {
  const users = new Set<string>()
  let events = 0
  let end = 0
  for await (const { userId, timestamp } of new DataFolder(folder).events(noProblems())) {
    users.add(userId)
    events++
    end = timestamp
  }
  return { users: [...users], events, end }
}

/**
 * Versions come from the clock on the wall, times of uploads from that of the batch, and click rates of positions, which impressions carry,
 * from where the batch was cut. So whether an impression has such a rate depends on the batch too, in sums as in the user's own list.
 */
function comparable(state: Snapshot): Snapshot {
  const users = Object.fromEntries(
    Object.entries(state.users).map(([id, user]) => {
      const { parts, ...rest } = user as { parts: Record<string, { rated: number[] } | undefined> }
      const { [UNCLICKED.name]: unclicked, ...others } = parts
      const kept = unclicked && { ...unclicked, rated: unclicked.rated.map(() => 0) }
      return [id, { ...rest, parts: { ...others, [UNCLICKED.name]: kept }, version: 0 }]
    }),
  )
  const items = Object.fromEntries(Object.entries(state.items).map(([id, item]) => [id, { ...(item as object), updatedAt: 0 }]))
  const withoutRates = ([entity, row]: [string, readonly number[]]) => {
    const names = state.layout.names[kindOf(entity)]
    return [entity, row.map((value, column) => (/^shown_(expected|rated)_clicks/.test(names[column]) ? 0 : value))] as const
  }
  return { ...state, users, items, rows: Object.fromEntries(Object.entries(state.rows).map(withoutRates)) }
}

describe('npm run import', () => {
  itWhenLong('imports a log into the embedded store once, however often it is interrupted', async () => {
    const { users, events, end } = await usersAndEnd()
    const whole = await temporaryDirectory()
    const { code, output } = await startImport({ DATA_DIR: whole }).finished()
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringContaining(`${events} events recorded, 0 already known, 0 rejected`),
    })

    const cut = await temporaryDirectory()
    for (const bytes of [200_000, 1_000_000]) {
      const running = startImport({ DATA_DIR: cut })
      const size = async () => (await stat(`${cut}/journal.jsonl`)).size
      await eventually(async () => expect(await size()).toBeGreaterThan(bytes), 5)
      await running.kill()
    }
    const last = await startImport({ DATA_DIR: cut }).finished()
    expect(last.code).toBe(0)
    expect(last.output).not.toContain(`${events} events recorded`)

    const clock = new SettableClock(end)
    const [actual, expected] = [
      await openOn(undefined, { dataDir: cut, clock }),
      await openOn(undefined, { dataDir: whole, clock }),
    ]
    expectSameState(comparable(await snapshot(actual, users)), comparable(await snapshot(expected, users)))
    const again = await startImport({ DATA_DIR: cut }).finished()
    expect(again.errors).toContain('is in use by another process')
    expect(again.code).toBe(78)
  })

  itWhenLong(
    'continues where it stopped in Redis, and repeats nothing that is already there',
    { skip: !redisAvailable },
    async () => {
      const { users, events, end } = await usersAndEnd()
      const redis = await RedisServer.start({ appendonly: 'yes', appendfsync: 'always' })
      onTestFinished(() => redis.stop())
      const DATA_DIR = await temporaryDirectory()
      const settings = { REDIS_URL: redis.url, DATA_DIR, PARTITIONS: '4', SHARDS: '2' }
      const running = startImport(settings)
      const client = new Redis(redis.url)
      onTestFinished(() => client.disconnect())
      await eventually(async () => expect(await client.dbsize()).toBeGreaterThan(100), 5)
      await running.kill()
      const { code, output } = await startImport(settings).finished()
      expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('into the redis store') })
      const again = await startImport(settings).finished()
      expect(again.output).toContain('0 events recorded')

      const whole = await temporaryDirectory()
      expect((await startImport({ DATA_DIR: whole }).finished()).code).toBe(0)
      const clock = new SettableClock(end)
      const actual = await openOn(redis.url, { prefix: 'lr', clock })
      const expected = await openOn(undefined, { dataDir: whole, clock })
      const counted = Object.values((await snapshot(actual, users)).users) as {
        parts: { activity: { events: number; impressions: number } }
      }[]
      const total = counted.reduce((sum, { parts: { activity } }) => sum + activity.events + activity.impressions, 0)
      const there = Object.values((await snapshot(expected, users)).users) as typeof counted
      expect(total).toBe(there.reduce((sum, { parts: { activity } }) => sum + activity.events + activity.impressions, 0))
      expect(total).toBe(events)
    },
  )

  it.skipIf(!redisAvailable)('waits for a slow replica, and goes on when it confirms', async () => {
    const { users, events, end } = await usersAndEnd()
    const master = await RedisServer.start({ 'repl-diskless-sync-delay': '0', 'repl-timeout': '600' })
    onTestFinished(() => master.stop())
    const replica = await RedisServer.start({ replicaof: `127.0.0.1 ${master.port}` })
    onTestFinished(() => replica.stop())
    const admin = new Redis(master.url)
    onTestFinished(() => admin.disconnect())
    const waits = async () => Number(/cmdstat_wait:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0)
    await eventually(async () => expect(await admin.info('replication')).toContain('state=online'))
    replica.pause()
    const importing = startImport({ REDIS_URL: master.url, DURABILITY: 'replica', PARTITIONS: '4', SHARDS: '2' })
    // An import that gives up asks a few times.
    await eventually(async () => expect(await waits()).toBeGreaterThan(20))
    replica.goOn()
    const { code, output, errors } = await importing.finished()
    expect({ code, output, errors }).toMatchObject({
      code: 0,
      output: expect.stringContaining(`${events} events recorded, 0 already known, 0 rejected`),
    })
    const service = await openOn(master.url, { prefix: 'lr', clock: new SettableClock(end) })
    const { users: stored } = await snapshot(service, users)
    const counted = Object.values(stored) as { parts: { activity: { events: number; impressions: number } } }[]
    expect(counted.reduce((sum, { parts: { activity } }) => sum + activity.events + activity.impressions, 0)).toBe(events)
  })

  it('uses an attribute of the events as their surface', async () => {
    const event = { userId: 'ann', itemId: 'a', eventType: 'impression' }
    const { folder } = loggedFolder([
      { ...event, eventId: 'e0', timestamp: 1.7e12, eventAttributes: { tab: 1 } },
      { ...event, eventId: 'e1', timestamp: 1.7e12 + 1, eventAttributes: { tab: 4 } },
      { ...event, eventId: 'e2', timestamp: 1.7e12 + 2, eventType: 'click' },
    ])
    const dataDir = await temporaryDirectory()
    const { code, output } = await startImport({ DATA_DIR: dataDir }, folder, '--surface-attribute', 'tab').finished()
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('3 events recorded') })
    const now = 1.7e12 + 3
    const service = await openOn(undefined, { dataDir, clock: new SettableClock(now) })
    const features = ['surface_impressions_7d', 'surface_clicks_7d'].map((name) => service.accumulators.features.get(name)!)
    const [impressions, clicks] = await readFigures(features, 'surface', ['1', '4'], now, service)
    expect([...impressions].map(Math.round)).toEqual([1, 1])
    expect([...clicks].map(Math.round)).toEqual([0, 1])
  })

  it('says what is wrong with its arguments and its data', async () => {
    const DATA_DIR = await temporaryDirectory()
    const { code, errors } = await startImport({ DATA_DIR }, await temporaryDirectory()).finished()
    expect(code).toBe(2)
    expect(errors).toMatch(/^liverank: .* has no events\.jsonl\.gz/)
  })
})
