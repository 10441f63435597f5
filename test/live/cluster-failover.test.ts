import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { partitionOf } from '../../src/state/partition.ts'
import { eventually } from '../support/eventually.ts'
import { itWhenLong } from '../support/long.ts'
import { RedisCluster } from '../support/redis-cluster.ts'
import { redisAvailable } from '../support/redis-server.ts'
import { connect, openTestService, serve, TRANSPORTS } from '../support/server.ts'
import { LIVE, slateOf } from '../support/slate-answer.ts'

const PREFIX = 'live'
const transports = Object.keys(TRANSPORTS)

describe.skipIf(!redisAvailable)('a node of a Redis Cluster that fails', () => {
  let cluster: RedisCluster
  beforeEach(async () => {
    cluster = await RedisCluster.start()
  })
  afterEach(() => cluster.stop())

  const open = () => openTestService({ redisUrl: cluster.url, redisPrefix: PREFIX })
  const live = (userId: string) => ({ input: { userId, first: 3 }, minIntervalMs: 0 })
  const view = (eventId: string, userId = 'me') => ({ eventId, userId, itemId: 'i1', eventType: 'view' })
  /** The node at which a process has subscribed. */
  const followedAt = async () => {
    for (const node of cluster.nodes) {
      const channels = await node.admin.pubsub('CHANNELS', `${PREFIX}:*`)
      if (channels.length > 0) return node
    }
    throw new Error('nobody follows')
  }

  it('leaves streams open, and each gets a fresh slate, if the subscriber was connected to it', async () => {
    const { url } = await serve(await open())
    const streams = transports.map((transport) => connect(TRANSPORTS[transport], url).subscribe(LIVE, live('me')))
    for (const stream of streams) expect(slateOf(await stream.next()).trigger).toBe('INITIAL')
    const node = await followedAt()
    const other = await open()
    await node.server.kill()
    for (const stream of streams) expect(slateOf(await stream.next()).trigger).toBe('RESYNC')
    await eventually(async () => expect((await other.ingest.record([view('e1')]))[0].status).not.toBe('UNAVAILABLE'), 50)
    for (const stream of streams) await untilLatest(stream, 'e1')
  })

  itWhenLong('leaves streams open, and each gets a fresh slate, if it was the master of the user', async () => {
    const { url } = await serve(await open())
    const other = await open()
    const stream = connect(TRANSPORTS.SSE, url).subscribe(LIVE, live('me'))
    expect(slateOf(await stream.next()).trigger).toBe('INITIAL')
    await other.ingest.record([view('e1')])
    expect(slateOf(await stream.next()).latestEventId).toBe('e1')
    const master = await cluster.masterOf(`${PREFIX}:{p${partitionOf('me', 4)}}:log`)
    await master.server.kill()
    for (;;) {
      const { trigger, latestEventId } = slateOf(await stream.next())
      expect(latestEventId).toBe('e1')
      if (trigger === 'RESYNC') break
    }
    await eventually(async () => expect((await other.ingest.record([view('e2')]))[0].status).not.toBe('UNAVAILABLE'), 50)
    await untilLatest(stream, 'e2')
  })
})

/** Slates until one reflects the event: others that were asked for before it may stand in front. */
async function untilLatest(stream: { next(): Promise<Parameters<typeof slateOf>[0]> }, eventId: string): Promise<void> {
  for (;;) if (slateOf(await stream.next()).latestEventId === eventId) return
}
