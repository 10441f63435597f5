import { once } from 'node:events'
import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { connectRedis, type RedisConnection } from '../../../src/state/redis/connection.ts'
import { ReplyBounds } from '../../../src/state/redis/reply-bounds.ts'
import { checkProperty } from '../../support/check-property.ts'
import { array, honest, type PlayedAnswer, PlayedRedis } from '../../support/played-redis.ts'

const PATIENCE = { timeout: 20_000, interval: 50 }

function connect(url: string, password?: string): RedisConnection {
  const connection = connectRedis({ url, password }, () => {})
  onTestFinished(() => connection.close())
  return connection
}

const isGet = ([name]: readonly string[]) => name === 'get'

// What is thrown out of the handler of a socket, and a rejection that nobody handles, end the process, and fail the run of these tests.
describe('a fake server in place of Redis', () => {
  it.each([
    ['20,000 arrays in arrays: this ended the process', '*1\r\n'.repeat(20_000)],
    ['an array of 5 billion elements: this ended the process', '*5000000000\r\n'],
    ['arrays of 30 million elements: this took all memory', '*30000000\r\n'.repeat(2)],
    ['a string of 600 MB', '$600000000\r\n'],
    ['a line without an end', `+${'a'.repeat(100_000)}`],
    ['a length that is no number: this hung for ever', '*abc\r\n'],
    ['a line end that is none', '+OK\rx'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ])('is disconnected, and asked again, if it answers %s', async (_, bytes) => {
    const server = await PlayedRedis.start((command, port) => (isGet(command) ? bytes : honest(command, port)))
    const { commands } = connect(`redis://127.0.0.1:${server.port}`)
    await expect(commands.get('x')).rejects.toThrow('not a valid reply of Redis')
    server.answer = honest
    expect(await commands.get('x')).toBe('value')
  })

  it.each([
    ['an empty array', '*0\r\n'],
    ['null', '$-1\r\n'],
    ['a message without a channel', array('message', null, null)],
    ['that it is subscribed to nothing', array('subscribe', null, 1)],
    ['OK', '+OK\r\n'],
  ])('is disconnected if it sends an unexpected reply: %s ended the process', async (_, bytes) => {
    const server = await PlayedRedis.start(honest)
    const { subscriber } = connect(`redis://127.0.0.1:${server.port}`)
    subscriber.on('message', () => {})
    await subscriber.subscribe('channel')
    const closed = new Promise((resolve) => subscriber.once('close', resolve))
    server.say(bytes)
    await closed
    await vi.waitFor(() => expect(subscriber.status).toBe('ready'), PATIENCE)
  })

  it.each([
    ['null', '*-1\r\n'],
    ['a range that is null', array(null)],
    ['a node that is null', array([0, 16_383, null])],
    ['two billion slots', array([0, 2 ** 31 - 1, ['127.0.0.1', 7000]])],
    ['a port that is none', array([0, 16_383, ['127.0.0.1', 99_999]])],
  ])('does not end the process if it reports the slots of a cluster %s', async (_, slots) => {
    const server = await PlayedRedis.start((command, port) =>
      command[0] === 'cluster' && command[1]?.toUpperCase() === 'SLOTS' ? slots : honest(command, port),
    )
    const { commands } = connect(`redis+cluster://127.0.0.1:${server.port}`)
    await expect(commands.get('x')).rejects.toThrow()
    server.answer = honest
    await vi.waitFor(async () => expect(await commands.get('x')).toBe('value'), PATIENCE)
  })

  it.each(['-MOVED\r\n', '-MOVED x y\r\n', '-ASK\r\n', '-ASK 1 127.0.0.1:999999\r\n', '-ASK 99999 127.0.0.1:7000\r\n'])(
    'does not end the process if it redirects a command to an invalid address: %j',
    async (redirect) => {
      const server = await PlayedRedis.start((command, port) => (isGet(command) ? redirect : honest(command, port)))
      const { commands } = connect(`redis+cluster://127.0.0.1:${server.port}`)
      await expect(commands.get('x')).rejects.toThrow()
      server.answer = honest
      await vi.waitFor(async () => expect(await commands.get('x')).toBe('value'), PATIENCE)
    },
  )

  it('does not end the process if it redirects a command to a node that hangs', async () => {
    const hanging = await PlayedRedis.start((command, port) =>
      ['asking', 'get'].includes(command[0].toLowerCase()) ? undefined : honest(command, port),
    )
    const server = await PlayedRedis.start((command, port) =>
      isGet(command) ? `-ASK 1 127.0.0.1:${hanging.port}\r\n` : honest(command, port),
    )
    const { commands } = connect(`redis+cluster://127.0.0.1:${server.port}`)
    await expect(commands.get('x')).rejects.toThrow()
    await vi.waitFor(() => expect(hanging.commands.some(isGet)).toBe(true), PATIENCE)
    server.answer = honest
    await vi.waitFor(async () => expect(await commands.get('x')).toBe('value'), PATIENCE)
  })

  it('gets ASKING right before the command that another node redirected: ASKING came after it', async () => {
    const next = await PlayedRedis.start(honest)
    const server = await PlayedRedis.start((command, port) =>
      isGet(command) ? `-ASK 1 127.0.0.1:${next.port}\r\n` : honest(command, port),
    )
    const { commands } = connect(`redis+cluster://127.0.0.1:${server.port}`)
    expect(await commands.get('x')).toBe('value')
    const names = next.commands.map(([name]) => name.toLowerCase())
    expect(names[names.indexOf('get') - 1]).toBe('asking')
  })

  it('does not make an error print the password if it refuses the password: an unhandled error printed it', async () => {
    const server = await PlayedRedis.start((command, port) =>
      command[0] === 'auth' ? '-WRONGPASS invalid username-password pair or user is disabled.\r\n' : honest(command, port),
    )
    const { commands } = connect(`redis://127.0.0.1:${server.port}`, 'hunter2')
    const [error] = await once(commands, 'error')
    expect(String(error)).toContain('WRONGPASS')
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('hunter2')
  })
})

/** A sentinel that says where the master is, and knows no other sentinel. */
function sentinelOf(master: () => readonly [host: string, port: number | string]): PlayedAnswer {
  return (command, port) => {
    const name = command.slice(0, 2).join(' ').toLowerCase()
    if (name === 'sentinel get-master-addr-by-name') return array(...master().map(String))
    return name === 'sentinel sentinels' ? '*0\r\n' : honest(command, port)
  }
}

it('does not end the process if it refuses the automatic subscription of ioredis', async () => {
  const server = await PlayedRedis.start(honest)
  const client = new Redis(server.port, '127.0.0.1', { retryStrategy: () => 10 })
  onTestFinished(() => client.disconnect())
  client.on('error', () => {})
  await client.subscribe('channel')
  const refused = new Promise<void>((resolve) => {
    server.answer = (command, port) => {
      if (command[0] !== 'subscribe') return honest(command, port)
      resolve()
      return '-NOPERM this user has no permissions\r\n'
    }
  })
  server.hangUp()
  await refused
  await expect(client.subscribe('another')).rejects.toThrow('NOPERM')
})

describe('a fake server in place of a sentinel', () => {
  it('does not prevent the use of the next one if it accepts connections and never answers: the service waited for ever', async () => {
    const master = await PlayedRedis.start(honest)
    const hanging = await PlayedRedis.start(() => undefined)
    const sentinel = await PlayedRedis.start(sentinelOf(() => ['127.0.0.1', master.port]))
    const { commands } = connect(`redis+sentinel://127.0.0.1:${hanging.port},127.0.0.1:${sentinel.port}/shop`)
    await vi.waitFor(async () => expect(await commands.get('x')).toBe('value'), PATIENCE)
  })

  it.each([99_999, 'none'])(
    'does not end the search for a master by naming the port %s: the service waited for ever',
    async (port) => {
      const master = await PlayedRedis.start(honest)
      let named: number | string = master.port
      const sentinel = await PlayedRedis.start(sentinelOf(() => ['127.0.0.1', named]))
      const { commands } = connect(`redis+sentinel://127.0.0.1:${sentinel.port}/shop`)
      expect(await commands.get('x')).toBe('value')
      named = port
      const ended = new Promise((resolve) => commands.once('end', resolve))
      master.hangUp()
      await ended
      named = master.port
      await vi.waitFor(async () => expect(await commands.get('x')).toBe('value'), PATIENCE)
    },
  )
})

it('writes only the start of an error into the log: a host name of 1 MB filled the log', async () => {
  const master = `${'a'.repeat(1_000_000)}.invalid`
  const sentinel = await PlayedRedis.start(sentinelOf(() => [master, 6379]))
  const warnings: string[] = []
  const warned = new Promise<void>((resolve) => {
    const url = `redis+sentinel://127.0.0.1:${sentinel.port}/shop`
    const connection = connectRedis({ url }, (warning) => {
      warnings.push(warning)
      if (warning.includes('aaa')) resolve()
    })
    onTestFinished(() => connection.close())
  })
  await warned
  for (const warning of warnings) expect(warning.length).toBeLessThan(600)
})

type Value = string | number | null | readonly Value[]

const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
})).value

it('the check of replies passes on every valid reply, however it is split', async () => {
  await checkProperty(
    fc.property(fc.array(value, { maxLength: 8 }), fc.array(fc.nat({ max: 40 })), (values, lengths) => {
      const bytes = Buffer.from(array(...values) + values.map((one) => array(one)).join(''))
      const bounds = new ReplyBounds()
      let at = 0
      for (const length of lengths) {
        bounds.read(bytes.subarray(at, at + length))
        at += length
      }
      bounds.read(bytes.subarray(at))
      // The begin of a reply, and nothing else, may come next.
      expect(() => bounds.read(Buffer.from('?'))).toThrow()
    }),
    300,
  )
})
