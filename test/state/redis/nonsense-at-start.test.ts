import { once } from 'node:events'
import { createServer } from 'node:net'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LiverankError } from '../../../src/errors.ts'
import { array, bulk, honest, type PlayedAnswer, PlayedRedis } from '../../support/played-redis.ts'
import { RedisServer, redisAvailable } from '../../support/redis-server.ts'
import { openOn } from '../../support/service.ts'
import { refusedToServe } from '../../support/warm-command.ts'

/** Replies of which each fits some commands, and most fit none that the service sends at its start. */
const NONSENSE: Record<string, string> = {
  'a number': ':7\r\n',
  'a JSON text': bulk('{"nonsense":[1]}'),
  'an empty array': '*0\r\n',
  'an array of arrays': array(['x', ['y']], ['x', ['y']]),
}

/** Each reply is tried instead of each of many: `npm test` does so with the one that fits most. */
const IS_LONG = process.env.LONG === '1'
/** Which commands get such a reply. */
const STEP = IS_LONG ? 1 : 4

/** A reply as it came. */
function encoded(reply: unknown): string {
  if (reply === null || reply === undefined) return '$-1\r\n'
  if (typeof reply === 'number') return `:${reply}\r\n`
  if (Array.isArray(reply)) return `*${reply.length}\r\n${reply.map(encoded).join('')}`
  const text = (reply as Buffer).toString('latin1')
  return `$${text.length}\r\n${text}\r\n`
}

/** Passes commands on to a server, but answers the one of this number itself. `passed` counts them. */
function relay(server: Redis, number: number, answer: string): { readonly play: PlayedAnswer; readonly count: () => number } {
  let passed = 0
  const play = async ([command, ...args]: readonly string[]) => {
    if (command === 'client' || command === 'quit') return '+OK\r\n'
    if (command === 'subscribe') return array('subscribe', args[0], 1)
    if (passed++ === number) return answer
    const binary = args.map((argument) => Buffer.from(argument, 'latin1'))
    return server.callBuffer(command, ...binary).then(encoded, (error: Error) => `-${error.message}\r\n`)
  }
  return { play, count: () => passed }
}

describe('a server that answers nonsense while the service starts', () => {
  describe.skipIf(!redisAvailable)('once, instead of a real one', () => {
    it.each(Object.entries(NONSENSE).filter(([what]) => IS_LONG || what === 'an array of arrays'))(
      'leads to an error in one sentence or to a start, if the nonsense is %s',
      async (_, bytes) => {
        const redis = await RedisServer.start()
        onTestFinished(() => redis.stop())
        const client = new Redis(redis.url)
        onTestFinished(() => client.disconnect())
        let refused = 0
        for (let number = 0, isOver = false; !isOver; number += STEP) {
          const { play, count } = relay(client, number, bytes)
          const server = await PlayedRedis.start(play)
          const outcome = await openOn(`redis://127.0.0.1:${server.port}`, { partitions: 1, shards: 1 }).catch(
            (error: unknown) => error,
          )
          isOver = count() <= number
          server.hangUp()
          if ('close' in (outcome as object)) continue
          refused++
          expect(outcome, `command ${number}`).toBeInstanceOf(LiverankError)
          expect((outcome as LiverankError).message).toMatch(/^[A-Z][^\n]+\.$/)
        }
        expect(refused).toBeGreaterThan(0)
      },
    )
  })

  it.each([
    ['HTTP', () => 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['OK to everything', () => '+OK\r\n'],
    ['null to everything', () => '$-1\r\n'],
    ['nothing that fits', honest],
  ] satisfies [string, PlayedAnswer][])(
    'ends the process with exit code 1 and one sentence: %s printed a stack',
    async (_, answer) => {
      const server = await PlayedRedis.start(answer)
      const { code, errors: said } = await refusedToServe({ REDIS_URL: `redis://:hidden@127.0.0.1:${server.port}` })
      expect(code).toBe(1)
      expect(said.startsWith(`liverank: The server at REDIS_URL redis://127.0.0.1:${server.port} sent a reply `)).toBe(true)
      expect(said.split('\n')).toHaveLength(2)
      expect(said).not.toContain('hidden')
    },
  )

  it('leads to the stack of the failure if the log level is debug', async () => {
    const server = await PlayedRedis.start(honest)
    const { code, errors: said } = await refusedToServe({ REDIS_URL: `redis://127.0.0.1:${server.port}`, LOG_LEVEL: 'debug' })
    expect(code).toBe(1)
    expect(said).toMatch(/\n *at .*expectPermissions/)
  })

  it('leads to a sentence without the text of its errors if it answers everything with an error', async () => {
    const server = await PlayedRedis.start(() => "-ERR unknown command 'AUTH', with args beginning with: 'hidden'\r\n")
    const { code, errors: said } = await refusedToServe({ REDIS_URL: `redis://127.0.0.1:${server.port}` })
    expect(code).toBe(1)
    expect(said).toBe(
      `liverank: Redis at REDIS_URL redis://127.0.0.1:${server.port} answers the first commands of the service with an error: look into the log of Redis.\n`,
    )
  })

  it('without TLS is not trusted if TLS is expected, whatever it says', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {}).once('data', () => socket.write('-ERR Protocol error: unauthenticated\r\n'))
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const { code, errors: said } = await refusedToServe({ REDIS_URL: `rediss://:hidden@127.0.0.1:${port}` })
    expect(code).toBe(78)
    expect(said).toContain('the server does not use TLS. If it is Redis, turn on TLS')
    expect(said).toContain('If another program answers, check the address.')
    expect(said).not.toContain('hidden')
  })
})
