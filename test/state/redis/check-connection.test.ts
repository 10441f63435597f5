import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../support/free-port.ts'
import { RedisServer, redisAvailable } from '../../support/redis-server.ts'
import { openOn } from '../../support/service.ts'
import { refusedToServe } from '../../support/warm-command.ts'

async function refusal(url: string): Promise<string> {
  return openOn(url).then(
    () => 'started',
    (error: Error) => error.message,
  )
}

describe.skipIf(!redisAvailable)('a service that cannot use its REDIS_URL says why in one sentence', () => {
  async function start(settings = {}): Promise<RedisServer> {
    const redis = await RedisServer.start(settings)
    onTestFinished(() => redis.stop())
    return redis
  }

  it('when nothing listens at the address, also as a process, with an exit code', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`
    const { code, errors } = await refusedToServe({ REDIS_URL: url })
    expect(code).toBe(1)
    expect(errors).toBe(`liverank: Nothing listens at REDIS_URL ${url}: start Redis, or correct the address.\n`)
  })

  it('when the password is wrong or absent, without printing it', async () => {
    const redis = await start({ requirepass: 'the-right-one' })
    const wrong = await refusal(`redis://:wrong-one@127.0.0.1:${redis.port}`)
    expect(wrong).toContain('refuses the user or password')
    expect(wrong).not.toContain('wrong-one')
    expect(await refusal(redis.url)).toContain('refuses the user or password')
  })

  it('when the server does not use TLS, after 5 s', async () => {
    const redis = await start()
    expect(await refusal(`rediss://127.0.0.1:${redis.port}`)).toContain('A server without TLS does the same: turn on TLS there')
  })

  it('when a cluster is configured and the server is not a node of one, and the other way round', async () => {
    const single = await start()
    expect(await refusal(`redis+cluster://127.0.0.1:${single.port}`)).toContain('not a node of a cluster')
    const node = await start({ 'cluster-enabled': 'yes', 'cluster-port': String(await freePort()) })
    expect(await refusal(node.url)).toContain('Write redis+cluster://')
  })

  it('when the server closes the connection', async () => {
    const closing = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await once(closing, 'listening')
    onTestFinished(() => void closing.close())
    const address = closing.address()
    const port = typeof address === 'object' && address ? address.port : 0
    expect(await refusal(`redis://127.0.0.1:${port}`)).toContain('closed the connection')
  })

  it.each(['http://127.0.0.1:6379', 'redis://', 'redis+cluster://', 'redis+cluster://a:1,,b:2', 'redis+cluster://u:secret@a:1'])(
    'when it is %s',
    async (url) => {
      const message = await refusal(url)
      expect(message).toMatch(/^Invalid settings:\n {2}REDIS_URL is /)
      expect(message).not.toContain('secret')
    },
  )
})
