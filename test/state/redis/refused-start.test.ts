import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { wordsOf } from '../../../src/state/redis/redis-errors.ts'
import { eventually } from '../../support/eventually.ts'
import { post } from '../../support/graphql-client.ts'
import { itWhenLong } from '../../support/long.ts'
import { RedisServer, type RedisSettings, redisAvailable } from '../../support/redis-server.ts'
import { RECORD } from '../../support/slate-answer.ts'
import { StartedService } from '../../support/started-service.ts'
import { liverank, refusedToServe } from '../../support/warm-command.ts'

/** Any is right for a user without one. */
const PASSWORD = { REDIS_USERNAME: 'default', REDIS_PASSWORD: 'nobody-checks-this' }

async function start(settings: RedisSettings = {}): Promise<{ redis: RedisServer; admin: Redis }> {
  const redis = await RedisServer.start(settings)
  onTestFinished(() => redis.stop())
  const admin = new Redis(redis.url)
  onTestFinished(() => admin.disconnect())
  return { redis, admin }
}

/** What `serve` says when it ends, on one line. */
async function refusal(url: string, exitCode: number): Promise<string> {
  const { code, errors: said } = await refusedToServe({ REDIS_URL: url, ...PASSWORD })
  expect(code).toBe(exitCode)
  expect(said.trimEnd().split('\n')).toHaveLength(1)
  expect(said).not.toContain(PASSWORD.REDIS_PASSWORD)
  return said
}

describe.skipIf(!redisAvailable)(
  'a start that Redis refuses names the server, the command, what Redis says, and what to do',
  () => {
    it('when it is a replica', async () => {
      const { redis: master } = await start()
      const { redis: replica, admin } = await start({ replicaof: `127.0.0.1 ${master.port}` })
      await eventually(async () => expect(await admin.info('replication')).toContain('master_link_status:up'))
      expect(await refusal(replica.url, 1)).toContain(
        `refuses a script of the service, and says "READONLY You can't write against a read only replica". It is a replica: set REDIS_URL to its master, or to its sentinels.`,
      )
    })

    itWhenLong('when it is a replica that has lost its master, and does not serve old data', async () => {
      const { redis: master } = await start()
      const { redis: replica, admin } = await start({
        replicaof: `127.0.0.1 ${master.port}`,
        'replica-serve-stale-data': 'no',
      })
      await eventually(async () => expect(await admin.info('replication')).toContain('master_link_status:up'))
      await master.kill()
      await eventually(async () => expect(await admin.info('replication')).toContain('master_link_status:down'))
      expect(await refusal(replica.url, 1)).toContain('MASTERDOWN Link with MASTER is down')
    })

    it('when too few replicas follow it', async () => {
      const { redis } = await start({ 'min-replicas-to-write': '1' })
      expect(await refusal(redis.url, 1)).toContain(
        'says "NOREPLICAS Not enough good replicas to write". Too few replicas follow it: start them, or lower min-replicas-to-write of Redis.',
      )
    })

    it('when it cannot write its data to disk', async () => {
      const { redis, admin } = await start()
      // Where the file would be, a folder stands.
      await mkdir(join(redis.directory, 'dump.rdb'))
      await admin.config('SET', 'save', '3600 1')
      await admin.set('of another program', 'x')
      await admin.bgsave()
      await eventually(async () => expect(await admin.info('persistence')).toContain('rdb_last_bgsave_status:err'))
      const said = await refusal(redis.url, 1)
      expect(said).toContain('refuses the command ping, and says "MISCONF Redis is configured to save RDB snapshots')
      expect(said).toContain('It cannot write its data to disk: look into its log')
    })

    it('when its user lacks a command, which doctor reports too', async () => {
      const { redis, admin } = await start()
      await admin.call('ACL', 'SETUSER', 'default', '-xadd')
      const said = await refusal(redis.url, 78)
      expect(said).toContain(
        `Redis at REDIS_URL ${redis.url}: its user may not run these commands on the keys and channels that begin with "lr:": xadd.`,
      )
      const { out, code } = await liverank(['doctor'], { PORT: '1', MODEL: '', REDIS_URL: redis.url })
      expect(code).toBe(1)
      expect(out).toContain('xadd')
    })

    it('when another program uses keys with the same prefix', async () => {
      const { redis, admin } = await start()
      await admin.set('lr:meta', 'x')
      expect(await refusal(redis.url, 78)).toContain(
        'says "WRONGTYPE Operation against a key holding the wrong kind of value". Another program uses keys with the prefix',
      )
    })
  },
)

describe.skipIf(!redisAvailable)('a start on a Redis whose memory is full', () => {
  it('succeeds, so that the service answers as soon as memory is free', async () => {
    const { redis, admin } = await start()
    await admin.set('of another program', Buffer.alloc(4_000_000))
    await admin.config('SET', 'maxmemory', '2mb')
    const url = await new StartedService({ REDIS_URL: redis.url }).serving()
    const event = { userId: 'me', itemId: 'i1', eventType: 'view' }
    const { errors } = await post(url, RECORD, { input: event })
    expect(errors?.[0]).toMatchObject({ message: expect.stringContaining('out of memory'), extensions: { code: 'UNAVAILABLE' } })
    await admin.config('SET', 'maxmemory', '0')
    expect((await post(url, RECORD, { input: event })).errors).toBeUndefined()
  })
})

describe('the error of Redis', () => {
  it('is printed in one short line, without the arguments of commands', () => {
    const says = (message: string) => wordsOf(new Error(message))
    expect(says("ERR unknown command 'SET', with args beginning with: 'lr:u:ann' 'secret' ")).toBe("ERR unknown command 'SET'")
    expect(says('OOM no memory. script: 1f2, on @user_script:1.')).toBe('OOM no memory')
    expect(says('ERR first\r\nsecond\u001b[31m')).toBe('ERR first second [31m')
    expect(says('x'.repeat(5000))).toHaveLength(300)
  })
})
