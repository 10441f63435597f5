import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { TcpProxy } from '../faults/tcp-proxy.ts'
import { eventually } from '../support/eventually.ts'
import { type Messages, post, webSocketClient } from '../support/graphql-client.ts'
import { itWhenLong } from '../support/long.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { connect } from '../support/server.ts'
import { LIVE, RECORD, recordedOf, slateOf } from '../support/slate-answer.ts'
import { StartedService } from '../support/started-service.ts'

const PASSWORD = 'the-former-password-of-redis'

describe.skipIf(!redisAvailable)('a service on a Redis that stops to answer, or refuses it', () => {
  let redis: RedisServer
  let proxy: TcpProxy
  let service: StartedService
  let url: string
  let stream: Messages
  let events = 0

  beforeEach(async () => {
    redis = await RedisServer.start({ requirepass: PASSWORD })
    proxy = await TcpProxy.to(redis.port)
    const settings = {
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      REDIS_PASSWORD: PASSWORD,
      PARTITIONS: '2',
      SHARDS: '2',
      LOG_LEVEL: 'debug',
    }
    service = new StartedService(settings)
    url = await service.serving()
    stream = connect(webSocketClient, url).subscribe(LIVE, { input: { userId: 'me', first: 3 }, minIntervalMs: 0 })
    expect(slateOf(await stream.next()).trigger).toBe('INITIAL')
  })
  afterEach(async () => {
    await proxy.close()
    await redis.stop()
  })

  const record = async () =>
    recordedOf(await post(url, RECORD, { input: { eventId: `e${++events}`, userId: 'me', eventType: 'view' } }))

  /** Events are recorded again, and followers hear of them again. */
  async function expectRecovered(): Promise<void> {
    await eventually(record, 100)
    const { userVersion } = await record()
    await stream.until((message) => slateOf(message).version >= userVersion)
    expect(service.process.exitCode).toBeNull()
  }

  function administrator(): Redis {
    const admin = new Redis(redis.port, '127.0.0.1', { password: PASSWORD })
    onTestFinished(() => admin.disconnect())
    return admin
  }

  itWhenLong('continues after a reply of which the end is lost, for which it waited for ever', async () => {
    proxy.inject('$100000000\r\n')
    await expectRecovered()
  })

  it('continues after its password was changed and restored, which ended the process and printed the password', async () => {
    const admin = administrator()
    await admin.config('SET', 'requirepass', 'another')
    for (const kind of ['normal', 'pubsub']) await admin.client('KILL', 'TYPE', kind, 'SKIPME', 'yes')
    // Whether the refusal came before or behind a subscription was a matter of luck.
    const refusal = 'redis (subscriber): WRONGPASS invalid username-password pair or user is disabled.'
    for (let tries = 0; tries < 8; tries++) await service.says(refusal)
    await admin.config('SET', 'requirepass', PASSWORD)
    await expectRecovered()
    expect(await service.stop('SIGTERM')).toBe(0)
    expect(`${JSON.stringify(service.log)}${await service.errors}`).not.toContain(PASSWORD)
  })

  it('continues after its channels were forbidden and allowed again, which ended the process', async () => {
    const admin = administrator()
    await admin.acl('SETUSER', 'default', 'resetchannels')
    await admin.client('KILL', 'TYPE', 'pubsub')
    await service.says('Redis refuses the signals of other processes: live slates come late')
    await admin.acl('SETUSER', 'default', 'allchannels')
    await expectRecovered()
  })
})
