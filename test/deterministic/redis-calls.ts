import * as fc from 'fast-check'
import type { RedisCommands } from '../../src/state/redis/scripts.ts'

export const HOUR_MS = 3_600_000
const names = fc.constantFrom('a', 'b', 'ça', '🎩')
const numbers = fc.oneof(fc.integer({ min: -4, max: 9 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }))
const stamp = fc.constantFrom('', 'stamp--1', 'stamp--2', 'stamp--3')
/** Mostly the one that is there at first: none. */
const storeId = fc.constantFrom('', '', '', 'other')
const marks = fc.constantFrom('0-0', '5-0', '5-1', '12-0')

/** A call of one command or script, with arguments that were drawn. */
export interface Call {
  readonly of: string
  make(commands: RedisCommands): Promise<unknown>
}

function call<T>(
  of: string,
  args: fc.Arbitrary<T>,
  make: (commands: RedisCommands, args: T) => Promise<unknown>,
): fc.Arbitrary<Call> {
  return args.map((drawn) => ({
    of,
    make: (commands: RedisCommands) => make(commands, drawn),
    toString: () => `${of} ${JSON.stringify(drawn)}`,
  }))
}

const swaps = call(
  'liverankSwap',
  fc.record({
    user: names,
    expected: stamp,
    next: stamp.filter((text) => text !== ''),
    expiresIn: fc.constantFrom(0, HOUR_MS),
    ids: fc.uniqueArray(names, { maxLength: 3 }),
    time: fc.oneof(fc.integer({ min: 100, max: 200 }), fc.constant(1e8 * 5)),
    // The last is not old by the clock of the server.
    oldest: fc.oneof(fc.integer({ min: 0, max: 220 }), fc.constant(1e9)),
    index: fc.constantFrom('', 'i1', 'i2'),
    signal: fc.constantFrom('', 'changed'),
    events: fc.array(names, { maxLength: 4 }),
    sampled: fc.boolean(),
    score: fc.integer({ min: 0, max: 9 }),
    store: storeId,
  }),
  (commands, { user, expected, next, expiresIn, ids, time, oldest, index, signal, events, sampled, score, store }) =>
    commands.liverankSwapBuffer(
      ...['value', 'log', 'ids', 'live'].map((kind) => `{p}:${kind}:${kind === 'log' ? '' : user}`),
      '{p}:index',
      `{p}:events:${user}`,
      '{p}:sample',
      '{p}:store',
      Buffer.from(expected, 'latin1'),
      Buffer.concat([Buffer.from(next, 'latin1'), Buffer.from([0, 128, 255, 10])]),
      expiresIn,
      JSON.stringify({ user }),
      '[]',
      'channel',
      signal,
      index,
      oldest * 2 ** 22,
      HOUR_MS,
      sampled ? user : '',
      score,
      2,
      HOUR_MS,
      5,
      store,
      events.length,
      ...events,
      ...ids.flatMap((id, i) => [Buffer.from(id), time * 2 ** 22 + i]),
    ),
)

const gained = fc.record({
  row: fc.constantFrom('r1', 'r2', 'r3'),
  width: fc.constantFrom(6, 7),
  additions: fc.array(
    fc.record({
      at: fc.constantFrom(
        { operation: 0, column: 0 },
        { operation: 2, column: 1 },
        { operation: 3, column: 2 },
        { operation: 1, column: 3 },
      ),
      value: numbers,
      epoch: fc.integer({ min: 0, max: 20 }),
    }),
    { maxLength: 6 },
  ),
  members: fc.array(fc.record({ name: names, epoch: fc.integer({ min: 1, max: 20 }), gain: numbers }), { maxLength: 5 }),
})

const folds = call(
  'liverankFold',
  fc.record({
    ranges: fc.uniqueArray(fc.record({ partition: fc.integer({ min: 0, max: 2 }), from: marks, to: marks }), {
      minLength: 1,
      maxLength: 3,
      selector: ({ partition }) => partition,
    }),
    entities: fc.uniqueArray(gained, { maxLength: 3, selector: ({ row }) => row }),
    store: storeId,
    run: fc.constantFrom('', '', '', 'another'),
  }),
  (commands, { ranges, entities, store, run }) => {
    const keys = ['{s}:marks', ...entities.map(({ row }) => `{s}:${row}`)]
    const args: (string | Buffer | number)[] = [store, run, HOUR_MS, ranges.length]
    for (const { partition, from, to } of ranges) args.push(partition, from, to)
    args.push(entities.length)
    for (const { row, width, additions, members } of entities) {
      const packed = additions.map(({ at, value, epoch }) =>
        Buffer.concat([Buffer.from([at.operation, at.column, 0]), doubles(value, epoch)]),
      )
      args.push(width, Buffer.concat(packed), members.length > 0 ? 1 : 0)
      if (members.length === 0) continue
      keys.push(`{s}:${row}:set`)
      args.push(5, 2, 3, members.length)
      for (const { name, epoch, gain } of members) args.push(name, doubles(epoch, gain))
    }
    return commands.liverankFold(keys.length, keys, args)
  },
)

const rows = fc.constantFrom('{s}:r1', '{s}:r2', '{s}:r3')
const values = names.map((user) => `{p}:value:${user}`)
const reads = fc.oneof(
  call(
    'liverankReadSets',
    fc.array(fc.tuple(rows, fc.integer({ min: 1, max: 4 })), { minLength: 1 }),
    async (commands, asked) => {
      const keys = asked.flatMap(([key]) => [`${key}:set`, key])
      const replies = await commands.liverankReadSets(keys.length, ...keys, ...asked.flatMap(([, limit]) => [5, 3, limit]))
      return asked.map((_, i) => [
        Number(replies[3 * i]),
        Number(replies[3 * i + 1]),
        numeric(replies[3 * i + 2] === '' ? [] : replies[3 * i + 2].split('\0')),
      ])
    },
  ),
  call('get', values, (commands, key) => commands.get(key)),
  call('getBuffer', values, (commands, key) => commands.getBuffer(key)),
  call('mget', fc.array(rows, { minLength: 1 }), (commands, keys) => commands.mgetBuffer(keys)),
  call('getrange', fc.tuple(rows, fc.nat(6)), (commands, [key, i]) => commands.getrangeBuffer(key, 8 * i, 8 * i + 7)),
  call('zrevrange', fc.tuple(rows, fc.nat(5)), (commands, [key, to]) => commands.zrevrange(`${key}:set`, 0, to, 'WITHSCORES')),
  call('hgetall', fc.constant('{s}:marks'), (commands, key) => commands.hgetall(key)),
  call('hget', fc.constantFrom('f', 'g'), (commands, field) => commands.hget('meta', field)),
  call('sscan', fc.constant('{p}:index'), async (commands, key) => (await commands.sscan(key, 0, 'COUNT', 1000))[1].sort()),
  call('ping', fc.constant(undefined), (commands) => commands.ping()),
)
const others = fc.oneof(
  call('liverankSetIf', fc.tuple(fc.constantFrom('f', 'g'), names, fc.oneof(names, fc.constant(''))), (commands, args) =>
    commands.liverankSetIf('meta', ...args),
  ),
  call(
    'liverankPutSlate',
    fc.tuple(names, storeId, fc.constantFrom('', 'another'), fc.nat(1)),
    (commands, [id, store, life, one]) =>
      commands.liverankPutSlate(
        `{p}:slate:${id}`,
        '{p}:log:',
        '{p}:slates:',
        '{p}:store',
        `{p}:erasing:${id}`,
        '{p}:life',
        id,
        HOUR_MS,
        id,
        id,
        id.length * 3600,
        store,
        (id.length + 1) * 3600,
        life,
        one,
      ),
  ),
  call('liverankNameSlate', fc.tuple(names, fc.nat(9)), (commands, [id, hours]) =>
    commands.liverankNameSlate(`{p}:slate:${id}`, '{p}:slates:', id, hours * 3600, hours * HOUR_MS),
  ),
  call('liverankAddIdentities', fc.tuple(names, names, fc.integer({ min: 1, max: 9 })), (commands, [user, member, hours]) =>
    commands.liverankAddIdentities(`{p}:ids:${user}`, hours * HOUR_MS, Buffer.from(String(hours)), Buffer.from(member)),
  ),
  call('hset', fc.constantFrom('other', ''), (commands, id) => commands.hset('{p}:store', 'store', id)),
  call('hset', fc.constantFrom('other', ''), (commands, id) => commands.hset('{s}:marks', 'store', id)),
  // One that asks for half an hour finds the lease of an hour too long, as after a step of the clock.
  call('liverankLease', fc.tuple(names, fc.constantFrom(HOUR_MS, HOUR_MS, HOUR_MS / 2)), (commands, [who, ms]) =>
    commands.liverankLease('lease', who, ms),
  ),
  call('liverankMark', fc.boolean(), async (commands, isThere) => {
    const id = (await commands.xrevrange('{p}:log:', '+', '-', 'COUNT', 1))[0]?.[0]
    return commands
      .liverankMark('{p}:log:', '{p}:mark', isThere && id !== undefined ? id : '5-5')
      .then((runId) => runId === '')
      .finally(() => commands.set('{p}:mark', 'as ids differ'))
  }),
  call(
    'liverankErase',
    fc.tuple(fc.boolean(), fc.boolean(), fc.constantFrom(0, 1), fc.constantFrom('', 'stays')),
    async (commands, [isThere, hasBegun, expected, stays]) => {
      const id = (await commands.xrevrange('{p}:log:', '+', '-', 'COUNT', 1))[0]?.[0]
      if (hasBegun) await commands.set('{p}:erasure:one', '0', 'PX', HOUR_MS)
      const progress = hasBegun ? '{p}:erasure:one' : '{p}:erasure:another'
      return commands.liverankErase('{p}:log:', progress, expected, stays, isThere && id !== undefined ? id : '5-5')
    },
  ),
  call('liverankLift', fc.constantFrom('5-5', '9999999999999-5', '9999999999999-7', '99999999999999-1'), (commands, id) =>
    commands.liverankLift('{p}:log:', id),
  ),
  call('liverankRelease', names, (commands, who) => commands.liverankRelease('lease', who)),
  call('set', names, (commands, user) => commands.set(`{p}:live:${user}`, '1', 'PX', HOUR_MS)),
  call('set NX', fc.tuple(names, names), (commands, [key, value]) => commands.set(`nx:${key}`, value, 'PX', HOUR_MS, 'NX')),
  call('pexpire', values, (commands, key) => commands.pexpire(key, HOUR_MS)),
)

const log = '{p}:log:'
const copies = fc.oneof(
  call('liverankCopy', fc.integer({ min: 1, max: 4 }), async (commands, count) => {
    await commands.del('{p}:copy')
    const [copied, last] = await commands.liverankCopy(log, '{p}:copy', '-', count, HOUR_MS)
    return [copied, last === '']
  }),
  call(
    'liverankReplace',
    fc.record({ count: fc.integer({ min: 1, max: 9 }), most: fc.integer({ min: 0, max: 9 }), isDeleted: fc.boolean() }),
    async (commands, { count, most, isDeleted }) => {
      await commands.del('{p}:copy')
      const [copied, last] = await commands.liverankCopy(log, '{p}:copy', '-', count, HOUR_MS)
      if (isDeleted && copied > 0) await commands.xdel(log, last)
      const outcome = await commands.liverankReplace(log, '{p}:copy', copied > 0 ? `(${last}` : '-', most)
      return [outcome, await commands.exists('{p}:copy'), Math.sign(await commands.pttl(log))]
    },
  ),
  call('xdel', fc.integer({ min: 1, max: 3 }), async (commands, count) => {
    const ids = (await commands.xrange(log, '-', '+', 'COUNT', count)).map(([id]) => id)
    return commands.xdel(log, '5-5', ...ids)
  }),
)
const asides = fc.oneof(
  call('liverankSetAside', fc.constantFrom('5-0', '5-1', '12-0', '12-1'), (commands, id) =>
    commands.liverankSetAside('{p}:aside', id, 1000, 'what', id),
  ),
  call('liverankCountAside', fc.constant(undefined), (commands) => commands.liverankCountAside('{p}:aside')),
)
const removals = fc.oneof(
  call('srem', fc.constantFrom('i1', 'i2'), (commands, id) => commands.srem('{p}:index', id)),
  call('zrem', fc.uniqueArray(names, { minLength: 1 }), (commands, users) => commands.zrem('{p}:sample', ...users)),
  call('del', fc.uniqueArray(names, { minLength: 1 }), (commands, users) =>
    commands.del(...users.flatMap((user) => [`{p}:value:${user}`, `{p}:events:${user}`])),
  ),
  call('liverankEraseUser', fc.tuple(names, stamp, fc.boolean()), (commands, [user, expected, matters]) =>
    commands.liverankEraseUser(
      ...['value', 'events', 'slates'].map((kind) => `{p}:${kind}:${user}`),
      '{p}:sample',
      '{p}:erasure:one',
      `{p}:erasing:${user}`,
      Buffer.from(expected, 'latin1'),
      matters ? 1 : 0,
      user,
      1,
      'one',
    ),
  ),
  call('multi', fc.tuple(fc.constantFrom('i1', 'i2'), names), async (commands, [id, user]) => {
    const transaction = commands.multi().srem('{p}:index', id).del(`{p}:value:${user}`)
    const replies = (await transaction.xrevrange(log, '+', '-', 'COUNT', 1).exec()) ?? []
    return replies.map(([error, reply]) => [error, Array.isArray(reply) ? reply.length : reply])
  }),
  call('exists', values, (commands, key) => commands.exists(key)),
  call('liverankEraseUser', fc.tuple(names, names, fc.boolean()), (commands, [user, stamp, matters]) =>
    commands.liverankEraseUser(
      `{p}:value:${user}`,
      `{p}:events:${user}`,
      `{p}:slates:${user}`,
      '{p}:sample',
      '{p}:erasure:one',
      `{p}:erasing:${user}`,
      stamp.padStart(8, '0'),
      matters ? 1 : 0,
      user,
      1,
      'one',
    ),
  ),
  call('liverankBeginErasure', fc.tuple(fc.uniqueArray(names, { minLength: 1 }), names), async (commands, [ids, name]) => {
    const keys = [log, '{p}:index', ...ids.map((id) => `{p}:value:${id}`), ...ids.map((id) => `{p}:erasing:${id}`)]
    const [end, ...gone] = await commands.liverankBeginErasure(keys.length, keys, [name, HOUR_MS, ...ids])
    return [end !== '', ...gone]
  }),
  call('liverankEndErasure', fc.tuple(names, names), (commands, [user, name]) =>
    commands.liverankEndErasure(`{p}:erasing:${user}`, '{p}:life', name, 'another'),
  ),
  call('zadd', fc.tuple(names, names, fc.nat(9)), (commands, [user, member, score]) =>
    commands.zadd(`{p}:ids:${user}`, score, Buffer.from(member), score + 1, 'always'),
  ),
  call('zrange', names, async (commands, user) =>
    numeric((await commands.zrangeBuffer(`{p}:ids:${user}`, 0, -1, 'WITHSCORES')).map((each) => each.toString('latin1'))),
  ),
  call('zrevrangebyscore', fc.tuple(rows, fc.constantFrom('-inf', '0', '2.5')), async (commands, [key, lowest]) =>
    numeric(await commands.zrevrangebyscore(`${key}:set`, '+inf', lowest, 'WITHSCORES')),
  ),
)

/** Up to 60 calls in a row, on few keys. */
export const calls = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: swaps },
    { weight: 4, arbitrary: folds },
    { weight: 2, arbitrary: others },
    { weight: 2, arbitrary: reads },
    { weight: 1, arbitrary: copies },
    { weight: 1, arbitrary: asides },
    { weight: 1, arbitrary: removals },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
)

function doubles(...of: number[]): Buffer {
  const bytes = Buffer.alloc(of.length * 8)
  for (let i = 0; i < of.length; i++) bytes.writeDoubleLE(of[i], i * 8)
  return bytes
}

/** Scores may be written in different ways, and are the same numbers. */
export function numeric(flat: string[]): (string | number)[] {
  return flat.map((text, i) => (i % 2 === 0 ? text : Number(text)))
}
