import { STORED_NONCES } from '../../src/state/log/not-counted.ts'
import { IDENTITY_EPOCH_SECONDS } from '../../src/state/redis/scripts/identity-score.ts'
import { countAside, fold, lift, mark, setAside } from './fold-script-models.ts'
import type { Bytes, RedisModel, Reply } from './redis-model.ts'

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
  /** No slate is kept of a user who is being erased, or was since it was asked for. */
  readonly erasure: boolean
}

export const ALL_GUARDS: Guards = { stamp: true, identity: true, nonce: true, watermark: true, replica: true, erasure: true }

type Script = (call: RedisModel['call'], keys: readonly Bytes[], argv: readonly Bytes[], guards: Guards) => Reply

/** The scripts of src/state/redis/scripts, line by line, with the number of their keys; the fold says its own. */
const models: Record<string, { keys?: number; run: Script }> = {
  liverankSwap: { keys: 8, run: swap },
  liverankFold: { run: fold },
  liverankSetIf: { keys: 1, run: setIf },
  liverankPutSlate: { keys: 6, run: putSlate },
  liverankNameSlate: { keys: 2, run: nameSlate },
  liverankAddIdentities: { keys: 1, run: addIdentities },
  liverankLease: { keys: 1, run: lease },
  liverankRelease: { keys: 1, run: release },
  liverankReadSets: { run: readSets },
  liverankMark: { keys: 2, run: mark },
  liverankLift: { keys: 1, run: lift },
  liverankErase: { keys: 2, run: erase },
  liverankCopy: { keys: 2, run: copy },
  liverankReplace: { keys: 2, run: replace },
  liverankSetAside: { keys: 1, run: setAside },
  liverankCountAside: { keys: 1, run: countAside },
  liverankBeginErasure: { run: beginErasure },
  liverankEndErasure: { keys: 2, run: endErasure },
  liverankEraseUser: { keys: 6, run: eraseUser },
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
  const [value, log, identities, presence, index, latest, sample, store] = keys
  const [expected, bytes, expiresIn, entry, increments, channel, signal, id, oldest, lateness, ...others] = argv
  const [sampled, score, sampleSize, eventsExpiry, keep, storeId, count, ...behind] = others
  const events = behind.slice(0, Number(count))
  const scored = behind.slice(Number(count))
  if ((call('hget', store, 'store') ?? '') !== storeId) return [3]
  if (guards.stamp && call('getrange', value, '0', '7') !== expected) return [1, call('get', value)]
  const hashes = scored.filter((_, i) => i % 2 === 0)
  if (guards.identity && hashes.length > 0) {
    const scores = call('zmscore', identities, ...hashes) as Reply[]
    if (scores.some((score) => score !== null)) {
      const left = call('pttl', identities) as number
      call('pexpire', identities, left > 0 ? String(left) : lateness)
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
    const bound = (Number(seconds) - IDENTITY_EPOCH_SECONDS - Math.ceil(Number(lateness) / 1000)) * STORED_NONCES
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
  if (signal !== '' && (id !== '' || call('exists', presence) === 1)) call('publish', channel, signal)
  return bound === undefined ? [0] : [0, bound]
}

function withoutNonce(score: Bytes): Bytes {
  return String(Math.floor(Number(score) / 2 ** 22) * 2 ** 22)
}

function setIf(call: RedisModel['call'], [meta]: readonly Bytes[], [field, value, expected]: readonly Bytes[]): Reply {
  const held = call('hget', meta, field) ?? ''
  if (held !== expected) return held
  call('hset', meta, field, value)
  return value
}

function putSlate(
  call: RedisModel['call'],
  [slate, log, ofUser, store, erasing, life]: readonly Bytes[],
  [json, ttl, entry, id, now, storeId, expiry, askedIn, matters]: readonly Bytes[],
  guards: Guards,
): Reply {
  if ((call('hget', store, 'store') ?? '') !== storeId) return 0
  if (guards.erasure && call('exists', erasing) === 1) return 2
  if (guards.erasure && matters === '1' && (call('get', life) ?? '') !== askedIn) return 2
  call('set', slate, json, 'PX', ttl)
  call('xadd', log, '*', 'e', entry)
  call('zadd', ofUser, expiry, id)
  call('zremrangebyscore', ofUser, '-inf', `(${now}`)
  if ((call('pttl', ofUser) as number) < Number(ttl)) call('pexpire', ofUser, ttl)
  return 1
}

function nameSlate(call: RedisModel['call'], [slate, ofUser]: readonly Bytes[], [id, expiry, longer]: readonly Bytes[]): Reply {
  const held = call('zscore', ofUser, id)
  if (held === null || Number(held) >= Number(expiry)) return 0
  const left = call('pttl', slate) as number
  if (left < 0) return 0
  const later = String(left + Number(longer))
  call('zadd', ofUser, expiry, id)
  call('pexpire', slate, later)
  if ((call('pttl', ofUser) as number) < Number(later)) call('pexpire', ofUser, later)
  return 1
}

function addIdentities(
  call: RedisModel['call'],
  [identities]: readonly Bytes[],
  [expiresIn, ...scored]: readonly Bytes[],
): Reply {
  const added = call('zadd', identities, ...scored)
  if ((call('pttl', identities) as number) < Number(expiresIn)) call('pexpire', identities, expiresIn)
  return added
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

function beginErasure(
  call: RedisModel['call'],
  [log, index, ...others]: readonly Bytes[],
  [name, longest, ...ids]: readonly Bytes[],
): Reply {
  const last = (call('xrevrange', log, '+', '-', 'COUNT', '1') as [Bytes, Reply][])[0]
  const gone = ids.map((id, i) => {
    call('srem', index, id)
    return call('del', others[i])
  })
  for (const erasing of others.slice(ids.length)) {
    call('zadd', erasing, '0', name)
    call('pexpire', erasing, longest)
  }
  return [last ? last[0] : '', ...gone]
}

function endErasure(call: RedisModel['call'], [erasing, life]: readonly Bytes[], [name, newLife]: readonly Bytes[]): Reply {
  call('set', life, newLife)
  return call('zrem', erasing, name)
}

function eraseUser(
  call: RedisModel['call'],
  keys: readonly Bytes[],
  [expected, matters, id, reached, name]: readonly Bytes[],
): Reply {
  const [value, events, slates, sample, progress, erasing] = keys
  if (matters === '1' && call('getrange', value, '0', '7') !== expected) return -1
  if (call('get', progress) !== reached || call('zscore', erasing, name) === null) return -1
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

function lease(call: RedisModel['call'], [key]: readonly Bytes[], [who, ms]: readonly Bytes[]): Reply {
  const holder = call('get', key)
  if (holder !== null && holder !== who && Number(call('pttl', key)) <= Number(ms)) return 0
  call('set', key, who, 'PX', ms)
  return 1
}
