import { Redis } from 'ioredis'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { readConfig } from '../../src/service/config.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { eventually } from '../support/eventually.ts'
import { expectStateOfLogs } from '../support/log-oracle.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { type OpenedService, openOn } from '../support/service.ts'
import { snapshot } from '../support/state-snapshot.ts'

const USERS = Array.from({ length: 50 }, (_, n) => `u${n}`)
const DURABLE = { durability: 'replica' } as const

function view(eventId: string) {
  return { eventId, userId: 'ann', itemId: 'i1', eventType: 'view' }
}

describe.skipIf(!redisAvailable)('durability: replica', () => {
  const servers: RedisServer[] = []
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()))
  })
  const started = async (settings = {}) => {
    const server = await RedisServer.start({ 'repl-diskless-sync-delay': '0', ...settings })
    servers.push(server)
    const admin = new Redis(server.url)
    admin.on('error', () => {})
    onTestFinished(() => admin.disconnect())
    return { server, admin }
  }
  const linked = (admin: Redis) =>
    eventually(async () => expect(((await admin.role()) as [string, number, unknown[]])[2]).toHaveLength(1), 20)
  const pair = async () => {
    const master = await started()
    const replica = await started({ replicaof: `127.0.0.1 ${master.server.port}` })
    await linked(master.admin)
    return { master, replica }
  }
  const record = async (service: OpenedService, eventId: string) => (await service.ingest.record([view(eventId)]))[0]

  /** A replica that has just been linked may take its time for the first confirmation. */
  const untilAcknowledged = (service: OpenedService, eventId: string) =>
    eventually(async () => expect((await record(service, eventId)).status).not.toBe('UNAVAILABLE'), 20)

  it('is refused at start without a replica, and for the embedded store', async () => {
    const { server } = await started()
    await expect(openOn(server.url, DURABLE)).rejects.toMatchObject({ code: 'CONFIGURATION', message: /no replica linked/ })
    expect(() => readConfig({ DURABILITY: 'replica' })).toThrow(/DURABILITY: replica needs Redis/)
  })

  it('acknowledges only events that the replica has', async () => {
    const { master, replica } = await pair()
    const service = await openOn(master.server.url, DURABLE)
    await untilAcknowledged(service, 'first')
    const outcomes = await service.ingest.record(
      Array.from({ length: 300 }, (_, n) => ({ ...view(`e${n}`), userId: USERS[n % USERS.length] })),
    )
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['RECORDED']))
    await master.server.kill()
    await replica.admin.call('REPLICAOF', 'NO', 'ONE')
    const successor = await openOn(replica.server.url, { prefix: service.prefix, clock: service.clock })
    const held = await expectStateOfLogs(successor, ['ann', ...USERS])
    expect(['first', ...outcomes.map((_, n) => `e${n}`)].filter((id) => !held.has(id))).toEqual([])
  })

  it('acknowledges neither an event nor its repetition while no replica confirms, and counts it once when one does', async () => {
    const { master, replica } = await pair()
    const service = await openOn(master.server.url, DURABLE)
    await untilAcknowledged(service, 'e1')
    replica.server.pause()
    expect(await record(service, 'e2')).toMatchObject({ status: 'UNAVAILABLE', error: { message: /no replica .* confirmed/ } })
    // Recorded as it is, it is not safe: another process must not call it a duplicate either.
    const other = await openOn(master.server.url, {
      ...DURABLE,
      prefix: service.prefix,
      clock: service.clock,
      random: seededRandomness(2),
    })
    expect((await record(other, 'e2')).status).toBe('UNAVAILABLE')
    // Reading goes on meanwhile.
    expect((await readKnownUser(service, 'ann', service.clock.now())).user.version).toBeGreaterThan(0)
    replica.server.goOn()
    await eventually(async () => expect((await record(other, 'e2')).status).toBe('DUPLICATE'), 20)
    const { users, rows, layout } = await snapshot(service, ['ann'])
    expect(users.ann).toMatchObject({ parts: { activity: { events: 2 } } })
    expect(rows['item:i1'][layout.names.item.indexOf('views')]).toBe(2)
  })

  it('reports at once if the last replica is lost', async () => {
    const { master, replica } = await pair()
    const service = await openOn(master.server.url, DURABLE)
    await untilAcknowledged(service, 'e1')
    await replica.server.kill()
    expect((await record(service, 'e2')).status).toBe('UNAVAILABLE')
    expect(await record(service, 'e3')).toMatchObject({ error: { message: /has no replica now/ } })
    await replica.server.restart()
    await linked(master.admin)
    await untilAcknowledged(service, 'e4')
    // Without a replica that could take over there is nothing for the fold to wait for.
    await replica.server.kill()
    await service.store.settle()
  })
})
