import { IDENTITY_EPOCH_SECONDS } from '../../src/state/redis/identity-score.ts'
import { NONCES } from '../../src/state/store.ts'
import type { Bytes, RedisModel, Reply } from './redis-model.ts'
import { isLater } from './stream-ids.ts'

/** What makes counts exact. A run without one of them must be found out by the oracle. */
export interface Guards {
  /** A value is written only over the one that was read. */
  readonly stamp: boolean
  /** An event id that is on record is not recorded again. */
  readonly identity: boolean
  /** With an event id, the nonce of the attempt that recorded it is kept. */
  readonly nonce: boolean
  /** A shard takes a range only where its mark stands at the beginning of it. */
  readonly watermark: boolean
  /** A log is folded up to an entry when a replica has it. */
  readonly replica: boolean
}

export const ALL_GUARDS: Guards = { stamp: true, identity: true, nonce: true, watermark: true, replica: true }

type Script = (call: RedisModel['call'], keys: readonly Bytes[], argv: readonly Bytes[], guards: Guards) => Reply

/** The scripts of src/state/redis/scripts, line by line but for signals, with the number of their keys; the fold says its own. */
const models: Record<string, { keys?: number; run: Script }> = {
  liverankSwap: { keys: 8, run: swap },
  liverankFold: { run: fold },
  liverankSetIf: { keys: 1, run: setIf },
  liverankPutSlate: { keys: 4, run: putSlate },
  liverankLease: { keys: 1, run: lease },
  liverankRelease: { keys: 1, run: release },
  liverankReadSets: { run: readSets },
  liverankMoveBack: { run: moveBack },
  liverankMark: { keys: 2, run: mark },
  liverankLift: { keys: 1, run: lift },
  liverankErase: { keys: 2, run: erase },
  liverankCopy: { keys: 2, run: copy },
  liverankReplace: { keys: 2, run: replace },
  liverankSetAside: { keys: 1, run: setAside },
  liverankCountAside: { keys: 1, run: countAside },
  liverankEraseLists: { run: eraseLists },
  liverankEraseUser: { keys: 5, run: eraseUser },
}

export const SCRIPTS: ReadonlySet<string> = new Set(Object.keys(models))

/** @param args keys, then arguments; behind the number of keys where a script has no fixed one */
export function runScript(redis: RedisModel, name: string, args: readonly Bytes[], guards: Guards): Reply {
  const { keys = Number(args[0]), run } = models[name]
  const start = models[name].keys === undefined ? 1 : 0
  return run(redis.call.bind(redis), args.slice(start, start + keys), args.slice(start + keys), guards)
}

/** What a transaction consists of: commands with their arguments. */
export function commandsOf([transaction]: readonly Bytes[]): [command: string, ...args: Bytes[]][] {
  return JSON.parse(transaction)
}

/** Keys of a command, of which a cluster demands that they share a slot. */
export function keysOf(command: string, args: readonly Bytes[]): readonly Bytes[] {
  if (['ping', 'role', 'wait', 'info', 'cluster'].includes(command)) return []
  if (['mget', 'del', 'exists'].includes(command)) return args
  if (command === 'exec') return commandsOf(args).flatMap(([each, ...of]) => keysOf(each, of))
  if (!SCRIPTS.has(command)) return args.slice(0, 1)
  const { keys } = models[command]
  return keys === undefined ? args.slice(1, 1 + Number(args[0])) : args.slice(0, keys)
}

function swap(call: RedisModel['call'], keys: readonly Bytes[], argv: readonly Bytes[], guards: Guards): Reply {
  const [value, log, identities, , index, latest, sample, store] = keys
  const [expected, bytes, expiresIn, entry, increments, , , id, oldest, lateness, ...others] = argv
  const [sampled, score, sampleSize, eventsExpiry, keep, storeId, count, ...behind] = others
  const events = behind.slice(0, Number(count))
  const scored = behind.slice(Number(count))
  if ((call('hget', store, 'store') ?? '') !== storeId) return [3]
  if (guards.stamp && call('getrange', value, '0', '7') !== expected) return [1, call('get', value)]
  const hashes = scored.filter((_, i) => i % 2 === 0)
  if (guards.identity && hashes.length > 0) {
    const scores = call('zmscore', identities, ...hashes) as Reply[]
    if (scores.some((score) => score !== null)) {
      call('pexpire', identities, lateness)
      return [2, scores]
    }
  }
  if (expiresIn === '0') call('set', value, bytes)
  else call('set', value, bytes, 'PX', expiresIn)
  call('xadd', log, '*', 'e', entry, 'i', increments)
  if (hashes.length > 0) {
    const additions = hashes.flatMap((hash, i) => [guards.nonce ? scored[2 * i + 1] : withoutNonce(scored[2 * i + 1]), hash])
    call('zadd', identities, ...additions)
    const [seconds] = call('time') as Bytes[]
    const bound = (Number(seconds) - IDENTITY_EPOCH_SECONDS - Math.ceil(Number(lateness) / 1000)) * NONCES
    call('zremrangebyscore', identities, '-inf', `(${Math.min(Number(oldest), bound)}`)
    call('pexpire', identities, lateness)
  }
  if (events.length > 0) {
    call('lpush', latest, ...events)
    call('ltrim', latest, '0', String(Number(keep) - 1))
    call('pexpire', latest, eventsExpiry)
  }
  let bound: Reply | undefined
  if (sampled !== '') {
    call('zadd', sample, score, sampled)
    call('zremrangebyrank', sample, sampleSize, '-1')
    const last = String(Number(sampleSize) - 1)
    bound = (call('zrange', sample, last, last, 'WITHSCORES') as Reply[])[1]
  }
  if (id !== '') call('sadd', index, id)
  return bound === undefined ? [0] : [0, bound]
}

function withoutNonce(score: Bytes): Bytes {
  return String(Math.floor(Number(score) / 2 ** 22) * 2 ** 22)
}

function fold(call: RedisModel['call'], keys: readonly Bytes[], argv: readonly Bytes[], guards: Guards): Reply {
  let at = 0
  const take = () => argv[at++]
  if ((call('hget', keys[0], 'store') ?? '') !== take()) return ['store']
  const run = take()
  if (run !== '' && run !== call('info', 'server')) return ['restarted']
  const ttl = take()
  const ranges = Number(take())
  const marks: Bytes[] = []
  const stale: Bytes[] = []
  for (let i = 0; i < ranges; i++) {
    const [partition, from, to] = [take(), take(), take()]
    const mark = (call('hget', keys[0], partition) as Bytes | null) ?? '0-0'
    if (guards.watermark && mark !== from) stale.push(partition, mark)
    marks.push(partition, to)
  }
  if (stale.length > 0) return stale
  const limit = Number(take())
  const rows: number[][] = []
  const ahead: number[] = []
  for (let kinds = Number(take()); kinds > 0; kinds--) {
    const count = Number(take())
    const times = Array.from({ length: Number(take()) }, () => Number(take()))
    for (let i = 0; i < count; i++) {
      const row = rowOf(call, keys[1 + rows.length])
      if (times.some((column) => row[column] > limit && row[column] < Number.POSITIVE_INFINITY)) ahead.push(rows.length)
      rows.push(row)
    }
  }
  if (ahead.length > 0) return ['ahead', ...ahead.map(String)]
  let refused = 0
  let key = 1 + rows.length
  for (const [place, row] of rows.entries()) {
    const [width, numbers, sets] = [Number(take()), Buffer.from(take(), 'latin1'), Number(take())]
    while (row.length < width) row.push(0)
    for (let position = 0; position < numbers.length; position += 19) {
      const isRefused = !applyNumber(
        row,
        numbers[position],
        numbers.readUInt16LE(position + 1),
        numbers.readDoubleLE(position + 3),
        numbers.readDoubleLE(position + 11),
      )
      if (isRefused) refused++
    }
    for (let i = 0; i < sets; i++) {
      const setKey = keys[key++]
      const [epochColumn, keep, capacity, members] = [Number(take()), Number(take()), Number(take()), Number(take())]
      let count = call('zcard', setKey) as number
      for (let j = 0; j < members; j++) {
        const member = take()
        const packed = Buffer.from(take(), 'latin1')
        const epoch = packed.readDoubleLE(0)
        let gain = packed.readDoubleLE(8)
        const current = finite(row[epochColumn])
        if (count === 0) row[epochColumn] = epoch
        else if (epoch > current) {
          call('zunionstore', setKey, '1', setKey, 'WEIGHTS', String(2 ** (64 * (current - epoch))))
          row[epochColumn] = epoch
        } else if (epoch < current) gain *= 2 ** (64 * (epoch - current))
        if (count >= capacity && call('zscore', setKey, member) === null) {
          call('zremrangebyrank', setKey, '0', String(count - keep - 1))
        }
        if (!Number.isFinite(Number(call('zincrby', setKey, String(gain), member)))) {
          call('zrem', setKey, member)
          refused++
        }
        count = call('zcard', setKey) as number
      }
      call('pexpire', setKey, ttl)
    }
    call('set', keys[1 + place], Buffer.from(Float64Array.from(row).buffer).toString('latin1'), 'PX', ttl)
  }
  call('hset', keys[0], ...marks)
  return refused > 0 ? ['refused', String(refused)] : []
}

/** @returns false when the cell would not be finite, and stays as it is */
function applyNumber(row: number[], operation: number, column: number, value: number, epoch: number): boolean {
  const before = finite(row[column])
  const current = finite(row[column + 1])
  let latest = current
  let after = before
  if (operation === 0) after = before + value
  else if (operation === 2) after = Math.max(before, value)
  else if (operation === 3) after = before === 0 || value < before ? value : before
  else if (before === 0 || epoch === current) {
    after = before + value
    latest = epoch
  } else if (epoch > current) {
    after = before * 2 ** (64 * (current - epoch)) + value
    latest = epoch
  } else after = before + value * 2 ** (64 * (epoch - current))
  const fits = Number.isFinite(after)
  row[column] = fits ? after : before
  if (fits && operation === 1) row[column + 1] = latest
  return fits
}

function finite(number: number | undefined): number {
  return number !== undefined && Number.isFinite(number) ? number : 0
}

function setIf(call: RedisModel['call'], [meta]: readonly Bytes[], [field, value, expected]: readonly Bytes[]): Reply {
  const held = call('hget', meta, field) ?? ''
  if (held !== expected) return held
  call('hset', meta, field, value)
  return value
}

function putSlate(
  call: RedisModel['call'],
  [slate, log, ofUser, store]: readonly Bytes[],
  [json, ttl, entry, id, now, storeId]: readonly Bytes[],
): Reply {
  if ((call('hget', store, 'store') ?? '') !== storeId) return 0
  call('set', slate, json, 'PX', ttl)
  call('xadd', log, '*', 'e', entry)
  call('zadd', ofUser, now, id)
  call('zremrangebyscore', ofUser, '-inf', `(${Number(now) - Number(ttl)}`)
  call('pexpire', ofUser, ttl)
  return 1
}

function mark(call: RedisModel['call'], [log, foldMark]: readonly Bytes[], [id]: readonly Bytes[]): Reply {
  if ((call('xrange', log, id, id) as Reply[]).length === 0) return ''
  call('set', foldMark, id)
  return call('info', 'server')
}

function lift(call: RedisModel['call'], [log]: readonly Bytes[], [id]: readonly Bytes[]): Reply {
  const last = call('xinfo', 'STREAM', log) as Bytes | null
  if (last !== null) {
    const [ms, sequence] = last.split('-').map(Number)
    const [leastMs, leastSequence] = id.split('-').map(Number)
    if (ms > leastMs || (ms === leastMs && sequence >= leastSequence)) return 0
  }
  call('xadd', log, id, 'lifted', '')
  call('xdel', log, id)
  return 1
}

function erase(call: RedisModel['call'], [log, progress]: readonly Bytes[], [expected, stays, ...ids]: readonly Bytes[]): Reply {
  if (call('get', progress) !== expected) return [-1, 0]
  const erased = call('xdel', log, ...ids) as number
  if (erased > 0 && stays !== '') call('xadd', log, '*', 'e', stays)
  return [erased, call('incr', progress)]
}

type Entry = [id: Bytes, fields: Bytes[]]

function copy(call: RedisModel['call'], [log, into]: readonly Bytes[], [from, count, ttl]: readonly Bytes[]): Reply {
  const entries = call('xrange', log, from, '+', 'COUNT', count) as Entry[]
  for (const [id, fields] of entries) call('xadd', into, id, ...fields)
  if (entries.length === 0) return [0, '']
  call('pexpire', into, ttl)
  return [entries.length, entries[entries.length - 1][0]]
}

function replace(call: RedisModel['call'], [log, into]: readonly Bytes[], [from, most]: readonly Bytes[]): Reply {
  const rest = call('xrange', log, from, '+', 'COUNT', String(Number(most) + 1)) as Entry[]
  if (rest.length > Number(most)) return 'more'
  if (call('exists', log) === 0) {
    call('del', into)
    return 'replaced'
  }
  const last = call('xinfo', 'STREAM', log) as Bytes
  for (const [id, fields] of rest) call('xadd', into, id, ...fields)
  const [first] = call('xrange', log, '-', '+', 'COUNT', '1') as Entry[]
  if (first) {
    call('xtrim', into, 'MINID', first[0])
    if (call('xlen', log) !== call('xlen', into)) {
      call('del', into)
      return 'deleted'
    }
    call('xsetid', into, last)
  } else {
    call('del', into)
    call('xadd', into, last, 'emptied', '')
    call('xdel', into, last)
  }
  call('persist', into)
  call('rename', into, log)
  return 'replaced'
}

/** How many are kept is left out: a run sets aside a few. */
function setAside(call: RedisModel['call'], [aside]: readonly Bytes[], [id, , what, increments]: readonly Bytes[]): Reply {
  const last = call('xinfo', 'STREAM', aside) as Bytes | null
  if (last !== null && !isLater(id, last)) return 'known'
  call('xadd', aside, id, 'what', what, 'increments', increments)
  return 'added'
}

function countAside(call: RedisModel['call'], [aside]: readonly Bytes[]): Reply {
  return (call('xrange', aside, '-', '+') as Reply[]).length
}

function eraseLists(call: RedisModel['call'], [log, index, ...lists]: readonly Bytes[], ids: readonly Bytes[]): Reply {
  const last = (call('xrevrange', log, '+', '-', 'COUNT', '1') as [Bytes, Reply][])[0]
  return [
    last ? last[0] : '',
    ...ids.map((id, i) => {
      call('srem', index, id)
      return call('del', lists[i])
    }),
  ]
}

function eraseUser(call: RedisModel['call'], keys: readonly Bytes[], [expected, matters, id, reached]: readonly Bytes[]): Reply {
  const [value, events, slates, sample, progress] = keys
  if (matters === '1' && call('getrange', value, '0', '7') !== expected) return -1
  if (call('get', progress) !== reached) return -1
  call('zrem', sample, id)
  return call('del', value, events, slates)
}

function release(call: RedisModel['call'], [key]: readonly Bytes[], [who]: readonly Bytes[]): Reply {
  return call('get', key) === who ? call('del', key) : 0
}

function readSets(call: RedisModel['call'], keys: readonly Bytes[], argv: readonly Bytes[]): Reply {
  const replies: Reply[] = []
  for (let i = 0; i < keys.length; i += 2) {
    const [epoch, latest, limit] = argv.slice((i / 2) * 3, (i / 2) * 3 + 3).map(Number)
    const number = (column: number) => {
      const bytes = Buffer.from(call('getrange', keys[i + 1], String(8 * column), String(8 * column + 7)) as Bytes, 'latin1')
      return String(bytes.length === 8 ? bytes.readDoubleLE(0) : 0)
    }
    const at = String(limit - 1)
    const [, last] = call('zrevrange', keys[i], at, at) as Bytes[]
    const lowest = last === undefined ? '-inf' : String(Number(last) * (Number(last) > 0 ? 1 - 2 ** -15 : 1 + 2 ** -15))
    const scored = call('zrevrangebyscore', keys[i], '+inf', lowest) as Bytes[]
    replies.push(number(epoch), number(latest), scored.join('\0'))
  }
  return replies
}

function rowOf(call: RedisModel['call'], key: Bytes): number[] {
  const bytes = Buffer.from((call('get', key) as Bytes | null) ?? '', 'latin1')
  return Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(8 * i))
}

function moveBack(call: RedisModel['call'], [rowKey, ...sets]: readonly Bytes[], argv: readonly Bytes[]): Reply {
  const [now, limit, first, last, sums, ...rest] = argv.map(Number)
  const row = rowOf(call, rowKey)
  const moved = (ms: number, halfLife: number) => {
    const halfLives = Math.floor(ms / halfLife)
    const epochs = Math.floor(halfLives / 64)
    return { factor: 2 ** (64 * epochs - halfLives), epochs }
  }
  const isBeyond = (time: number) => time > limit && time < Number.POSITIVE_INFINITY
  if (isBeyond(row[last])) {
    for (let i = 0; i < sums; i++) {
      const [column, halfLife] = rest.slice(2 * i, 2 * i + 2)
      if (!row[column]) continue
      const { factor, epochs } = moved(row[last] - now, halfLife)
      row[column] *= factor
      row[column + 1] -= epochs
    }
    row[last] = now
    row[first] = Math.min(row[first], now)
  }
  sets.forEach((setKey, i) => {
    const [epoch, latest, halfLife] = rest.slice(2 * sums + 3 * i, 2 * sums + 3 * i + 3)
    if (row[epoch] === undefined || !isBeyond(row[latest])) return
    const { factor, epochs } = moved(row[latest] - now, halfLife)
    const ttl = Number(call('pttl', setKey))
    call('zunionstore', setKey, '1', setKey, 'WEIGHTS', String(factor))
    if (ttl > 0) call('pexpire', setKey, String(ttl))
    row[epoch] -= epochs
    row[latest] = now
  })
  if (row.length > 0) call('set', rowKey, Buffer.from(Float64Array.from(row).buffer).toString('latin1'), 'KEEPTTL')
  return 1
}

function lease(call: RedisModel['call'], [key]: readonly Bytes[], [who, ms]: readonly Bytes[]): Reply {
  const holder = call('get', key)
  if (holder !== null && holder !== who && Number(call('pttl', key)) <= Number(ms)) return 0
  call('set', key, who, 'PX', ms)
  return 1
}
