import * as fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisCommands, withScripts } from '../../src/state/redis/scripts.ts'
import { checkProperty } from '../support/check-property.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { calls, HOUR_MS, numeric } from './redis-calls.ts'
import { needsMemory, RedisModel } from './redis-model.ts'
import { ALL_GUARDS, SCRIPTS } from './script-models.ts'
import { commandsBy } from './simulated-commands.ts'

/** Everything that a server holds, with times to live as "some" or "none", and ids of entries by their order. */
async function contents(commands: RedisCommands, keys: readonly string[]): Promise<Record<string, unknown>> {
  const held: Record<string, unknown> = {}
  for (const key of [...keys].sort()) held[key] = [await contentOf(commands, key), Math.sign(await commands.pttl(key))]
  return held
}

async function contentOf(commands: RedisCommands, key: string): Promise<unknown> {
  switch (await commands.type(key)) {
    case 'string':
      return (await commands.getBuffer(key))?.toString('latin1')
    case 'hash':
      return commands.hgetall(key)
    case 'list':
      return commands.lrange(key, 0, -1)
    case 'set':
      return (await commands.sscan(key, 0, 'COUNT', 1000))[1].sort()
    case 'zset':
      return numeric(await commands.zrevrange(key, 0, -1, 'WITHSCORES'))
    default:
      return (await commands.xrange(key, '-', '+')).map(([, fields]) => fields)
  }
}

describe.skipIf(!redisAvailable)('the model of Redis', () => {
  let server: RedisServer
  let real: RedisCommands
  beforeAll(async () => {
    server = await RedisServer.start()
    real = withScripts(new Redis(server.url))
  })
  afterAll(async () => {
    real.disconnect()
    await server.stop()
  })

  it('answers like a real server, and holds the same data afterwards, whatever the commands are', async () => {
    const asked = new Set<string>()
    const property = fc.asyncProperty(calls, async (sequence) => {
      await real.flushall()
      const model = new RedisModel(ALL_GUARDS)
      const modelled = commandsBy(async (command, args) => model.execute(command, args, Date.now()))
      for (const { of, make } of sequence) {
        asked.add(of)
        const [actual, expected] = await Promise.all([make(modelled), make(real)])
        if (of === 'zrevrange') expect(numeric(actual as string[])).toEqual(numeric(expected as string[]))
        else expect(actual, of).toEqual(expected)
      }
      const keys = await real.keys('*')
      expect(
        model
          .keys()
          .map((key) => Buffer.from(key, 'latin1').toString('utf8'))
          .sort(),
      ).toEqual([...keys].sort())
      expect(await contents(modelled, keys)).toEqual(await contents(real, keys))
    })
    await checkProperty(property, 200)
    expect([...SCRIPTS].filter((script) => !asked.has(script))).toEqual([])
  })

  it('reads a log from the next entry on, in the order of ids', async () => {
    const model = new RedisModel(ALL_GUARDS)
    const modelled = commandsBy(async (command, args) => model.execute(command, args, Date.now()))
    for (const commands of [real, modelled]) {
      for (let n = 0; n < 30; n++)
        await commands.liverankPutSlate(
          '{q}:slate',
          '{q}:log',
          '{q}:slates',
          '{q}:store',
          '{q}:erasing',
          '{q}:life',
          'x',
          HOUR_MS,
          `entry ${n}`,
          'x',
          n,
          '',
          n,
          '',
          0,
        )
      const all = await commands.xrange('{q}:log', '-', '+')
      const entries = async (after: string, count: number) =>
        (await commands.xrange('{q}:log', `(${after}`, '+', 'COUNT', count)).map(([, fields]) => fields[1])
      expect(await entries(all[9][0], 3)).toEqual(['entry 10', 'entry 11', 'entry 12'])
      expect(await entries('0-0', 2)).toEqual(['entry 0', 'entry 1'])
      expect(await entries(all[29][0], 2)).toEqual([])
    }
  })

  it('refuses the same commands when memory is full', async () => {
    await real.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '1mb')
    const refused = async (make: () => Promise<unknown>) =>
      make().then(
        () => false,
        (error: Error) => error.message.startsWith('OOM'),
      )
    const marksFold = () => real.liverankFold(1, ['{s}:m'], ['', '', HOUR_MS, 1, 0, '0-0', '1-0', 0])
    expect(await refused(marksFold)).toBe(needsMemory('liverankFold'))
    expect(await refused(() => real.liverankLease('l', 'me', HOUR_MS))).toBe(needsMemory('liverankLease'))
    expect(await refused(() => real.liverankSetIf('meta2', 'f', 'v', ''))).toBe(needsMemory('liverankSetIf'))
    expect(
      await refused(() =>
        real.liverankPutSlate(
          ...['s', 'l', 'z', 'store', 'erasing', 'life'].map((key) => `{q}:${key}`),
          ...['x', HOUR_MS, 'x', 'x', HOUR_MS, '', HOUR_MS, '', 1],
        ),
      ),
    ).toBe(needsMemory('liverankPutSlate'))
    const swap = ['v', 'l', 'i', 'p', 'x', 'e', 's', 'store'].map((key) => `{q}:${key}`)
    expect(
      await refused(() => real.liverankSwapBuffer(...swap, '', 'value', 0, '{}', '[]', 'c', '', '', 0, 1, '', 0, 1, 1, 1, '', 0)),
    ).toBe(needsMemory('liverankSwap'))
    expect(await refused(() => real.set('k', 'v'))).toBe(needsMemory('set'))
    expect(await refused(() => real.pexpire('k', 1))).toBe(needsMemory('pexpire'))
    expect(await refused(() => real.xrange('l', '-', '+'))).toBe(needsMemory('xrange'))
  })
})
