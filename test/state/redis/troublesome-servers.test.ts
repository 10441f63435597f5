import { once } from 'node:events'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectRedis, type RedisConnection } from '../../../src/state/redis/connection.ts'
import { answered } from '../../../src/state/redis/redis-errors.ts'
import { eventually } from '../../support/eventually.ts'
import { array, honest, type PlayedAnswer, PlayedRedis } from '../../support/played-redis.ts'

function connect(url: string, password?: string): RedisConnection {
  const connection = connectRedis({ url, password }, () => {})
  onTestFinished(() => connection.close())
  return connection
}

const isGet = ([name]: readonly string[]) => name === 'get'

// A rejection that nobody handles ends the process.
describe('a server at the address of Redis', () => {
  it('is disconnected, and asked again, if it answers what is no reply', async () => {
    const server = await PlayedRedis.start((command, port) =>
      isGet(command) ? 'HTTP/1.1 400 Bad Request\r\n\r\n' : honest(command, port),
    )
    const { commands } = connect(`redis://127.0.0.1:${server.port}`)
    await expect(commands.get('x')).rejects.toThrow('Protocol error')
    server.answer = honest
    expect(await commands.get('x')).toBe('value')
  })

  it('does not end the process if another node, to which it redirects a command, refuses ASKING', async () => {
    const unhandled: unknown[] = []
    const listen = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', listen)
    onTestFinished(() => void process.off('unhandledRejection', listen))
    const next = await PlayedRedis.start((command, port) =>
      ['asking', 'get'].includes(command[0]) ? '-NOPERM this user has no permissions\r\n' : honest(command, port),
    )
    const server = await PlayedRedis.start((command, port) =>
      isGet(command) ? `-ASK 1 127.0.0.1:${next.port}\r\n` : honest(command, port),
    )
    const { commands } = connect(`redis+cluster://127.0.0.1:${server.port}`)
    await expect(commands.get('x')).rejects.toThrow('NOPERM')
    await new Promise(setImmediate)
    expect(unhandled).toEqual([])
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

  it.each(['redis', 'redis+cluster'])('does not make an error print the password if it refuses it (%s)', async (scheme) => {
    const server = await PlayedRedis.start((command, port) =>
      command[0] === 'auth' ? '-WRONGPASS invalid username-password pair or user is disabled.\r\n' : honest(command, port),
    )
    const { commands } = connect(`${scheme}://127.0.0.1:${server.port}`, 'hunter2')
    const [error] = await once(commands, 'error')
    expect(inspect(error, { depth: null, showHidden: true })).toContain('WRONGPASS')
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('hunter2')
  })

  it('does not make an error print the arguments of the command that it refuses', async () => {
    const server = await PlayedRedis.start((command, port) => (isGet(command) ? '-ERR no\r\n' : honest(command, port)))
    const { commands } = connect(`redis://127.0.0.1:${server.port}`)
    const error = await answered(commands.get('hunter2')).catch((failure: unknown) => failure)
    expect(inspect(error, { depth: null, showHidden: true })).toContain('ERR no')
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

describe('a server at the address of a sentinel', () => {
  it('does not prevent the use of the next one if it accepts connections and never answers: the service waited for ever', async () => {
    const master = await PlayedRedis.start(honest)
    const hanging = await PlayedRedis.start(() => undefined)
    const sentinel = await PlayedRedis.start(sentinelOf(() => ['127.0.0.1', master.port]))
    const { commands } = connect(`redis+sentinel://127.0.0.1:${hanging.port},127.0.0.1:${sentinel.port}/shop`)
    await eventually(async () => expect(await commands.get('x')).toBe('value'), 50)
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
      await eventually(async () => expect(await commands.get('x')).toBe('value'), 50)
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
