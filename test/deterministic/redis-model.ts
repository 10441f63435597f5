import type { Guards } from './script-models.ts'
import { commandsOf, runScript, SCRIPTS } from './script-models.ts'
import { isLater } from './stream-ids.ts'

/** A text of one latin1 character per byte: it compares, counts and sorts as a string of Redis does. */
export type Bytes = string
export type Reply = Bytes | number | null | Reply[]

interface StreamEntry {
  readonly id: Bytes
  readonly fields: Bytes[]
}

interface Stream {
  entries: StreamEntry[]
  lastId: Bytes
}

type Value =
  | { readonly kind: 'string'; readonly held: Bytes }
  | { readonly kind: 'hash'; readonly held: Map<Bytes, Bytes> }
  | { readonly kind: 'set'; readonly held: Set<Bytes> }
  | { readonly kind: 'list'; readonly held: Bytes[] }
  | { readonly kind: 'zset'; readonly held: Map<Bytes, number> }
  | { readonly kind: 'stream'; readonly held: Stream }

type HeldBy<K extends Value['kind']> = Extract<Value, { kind: K }>['held']

interface Key {
  value: Value
  /** ms; infinite for a key that stays. */
  expiresAt: number
}

const READS = new Set(['liverankReadSets', 'liverankCountAside'])
/** Commands that a replica receives. */
const WRITES = new Set([
  ...['set', 'pexpire', 'hset', 'xadd', 'xdel', 'del', 'srem', 'zrem', 'zadd', 'exec'],
  ...[...SCRIPTS].filter((script) => !READS.has(script)),
])
/** `exec`: the transactions of src/state remove and read. */
const REMOVALS = new Set(['del', 'srem', 'zrem', 'xdel', 'exec'])
/** Scripts flagged `allow-oom`. */
const ALLOWED_WHEN_FULL = new Set(
  'Fold BeginErasure EndErasure Erase EraseUser Lease Release Mark Lift SetIf MoveBack SetAside'
    .split(' ')
    .map((script) => `liverank${script}`),
)

export function isWrite(command: string): boolean {
  return WRITES.has(command)
}

/** Whether it is refused, whole and before it begins, when memory is full. */
export function needsMemory(command: string): boolean {
  return isWrite(command) && command !== 'pexpire' && !ALLOWED_WHEN_FULL.has(command) && !REMOVALS.has(command)
}

/**
 * What a Redis server does with the commands of src/state: as far as those use them, with the same replies. Scripts run as
 * their twins in script-models.ts. A property test compares all of it with a real server.
 */
export class RedisModel {
  readonly #keys = new Map<Bytes, Key>()
  readonly #guards: Guards
  /** Of the process that serves it: another one after each restart. */
  runId = 'run'
  /** Receives what is published, while it serves; not when writes of the past are done again. */
  onPublish: ((channel: Bytes, message: Bytes) => void) | undefined
  #now = 0

  constructor(guards: Guards) {
    this.#guards = guards
  }

  /** @param now ms by the clock of the server @throws Error as Redis answers one */
  execute(command: string, args: readonly Bytes[], now: number): Reply {
    this.#now = now
    if (command === 'exec') return commandsOf(args).map(([each, ...of]) => [null, this.execute(each, of, now)])
    if (SCRIPTS.has(command)) return runScript(this, command, args, this.#guards)
    return this.call(command, ...args)
  }

  keys(): Bytes[] {
    return [...this.#keys.keys()].filter((key) => this.#live(key)).sort()
  }

  /** The same as `redis.call` within a script, at the time of the command that runs. */
  call(command: string, ...args: readonly Bytes[]): Reply {
    const [key] = args
    switch (command) {
      case 'ping':
        return 'PONG'
      case 'time':
        return [String(Math.floor(this.#now / 1000)), String(Math.floor((this.#now % 1000) * 1000))]
      case 'info':
        return this.runId
      case 'type':
        return this.#live(key)?.value.kind ?? 'none'
      case 'publish':
        this.onPublish?.(key, args[1])
        return 0
      case 'exists':
        return args.filter((each) => this.#live(each)).length
      case 'persist': {
        const held = this.#live(key)
        if (!held || held.expiresAt === Number.POSITIVE_INFINITY) return 0
        held.expiresAt = Number.POSITIVE_INFINITY
        return 1
      }
      case 'rename':
        this.#keys.set(args[1], this.#live(key)!)
        this.#keys.delete(key)
        return 'OK'
      case 'del':
        return args.filter((each) => this.#live(each) && this.#keys.delete(each)).length
      case 'pexpire': {
        const held = this.#live(key)
        if (!held) return 0
        held.expiresAt = this.#now + Number(args[1])
        return 1
      }
      case 'pttl': {
        const held = this.#live(key)
        if (!held) return -2
        return held.expiresAt === Number.POSITIVE_INFINITY ? -1 : held.expiresAt - this.#now
      }
      case 'get':
        return this.#held(key, 'string') ?? null
      case 'incr': {
        const next = Number(this.#held(key, 'string') ?? 0) + 1
        this.#set([key, String(next), 'KEEPTTL'])
        return next
      }
      case 'mget':
        return args.map((each) => this.#held(each, 'string') ?? null)
      case 'getrange':
        return (this.#held(key, 'string') ?? '').slice(Number(args[1]), Number(args[2]) + 1)
      case 'set':
        return this.#set(args)
      case 'hget':
        return this.#held(key, 'hash')?.get(args[1]) ?? null
      case 'hgetall':
        return [...(this.#held(key, 'hash') ?? [])].flat()
      case 'hset': {
        const hash = this.#held(key, 'hash') ?? this.#put(key, { kind: 'hash', held: new Map<Bytes, Bytes>() })
        const before = hash.size
        for (let i = 1; i < args.length; i += 2) hash.set(args[i], args[i + 1])
        return hash.size - before
      }
      case 'sadd': {
        const set = this.#held(key, 'set') ?? this.#put(key, { kind: 'set', held: new Set<Bytes>() })
        const before = set.size
        for (const member of args.slice(1)) set.add(member)
        return set.size - before
      }
      case 'srem': {
        const set = this.#held(key, 'set')
        const removed = args.slice(1).filter((member) => set?.delete(member)).length
        if (set?.size === 0) this.#keys.delete(key)
        return removed
      }
      case 'zrem': {
        const removed = args.slice(1).filter((member) => this.#held(key, 'zset')?.delete(member)).length
        if (this.#held(key, 'zset')?.size === 0) this.#keys.delete(key)
        return removed
      }
      case 'sscan':
        return ['0', [...(this.#held(key, 'set') ?? [])]]
      case 'lpush': {
        const list = this.#held(key, 'list') ?? this.#put(key, { kind: 'list', held: [] as Bytes[] })
        for (const element of args.slice(1)) list.unshift(element)
        return list.length
      }
      case 'ltrim':
        this.#held(key, 'list')?.splice(Number(args[2]) + 1)
        return 'OK'
      case 'lrange':
        return stretch(this.#held(key, 'list') ?? [], args)
      case 'zcard':
        return this.#held(key, 'zset')?.size ?? 0
      case 'zscore':
        return scoreText(this.#held(key, 'zset')?.get(args[1]))
      case 'zmscore':
        return args.slice(1).map((member) => scoreText(this.#held(key, 'zset')?.get(member)))
      case 'zadd': {
        const scores = this.#scores(key)
        const before = scores.size
        for (let i = 1; i < args.length; i += 2) scores.set(args[i + 1], Number(args[i]))
        return scores.size - before
      }
      case 'zincrby': {
        const scores = this.#scores(key)
        const score = (scores.get(args[2]) ?? 0) + Number(args[1])
        scores.set(args[2], score)
        return String(score)
      }
      case 'zrange': {
        const ranked = stretch(ascending(this.#held(key, 'zset')), args)
        return ranked.flatMap(([member, score]) => (args[3] === undefined ? [member] : [member, String(score)]))
      }
      case 'zrevrange': {
        const ranked = stretch(ascending(this.#held(key, 'zset')).reverse(), args)
        return ranked.flatMap(([member, score]) => [member, String(score)])
      }
      case 'zrevrangebyscore': {
        const lowest = args[2] === '-inf' ? Number.NEGATIVE_INFINITY : Number(args[2])
        const ranked = ascending(this.#held(key, 'zset')).filter(([, score]) => score >= lowest)
        return ranked.reverse().flatMap(([member, score]) => [member, String(score)])
      }
      case 'zremrangebyscore': {
        const limit = Number(args[2].slice(1))
        return this.#remove(key, (scores) => scores.filter(([, score]) => score < limit))
      }
      case 'zremrangebyrank':
        return this.#remove(key, (scores) => stretch(scores, args))
      case 'zunionstore': {
        const scores = ascending(this.#held(args[2], 'zset')).map(([member, score]) => [member, score * Number(args[4])] as const)
        if (scores.length === 0) this.#keys.delete(key)
        else this.#put(key, { kind: 'zset', held: new Map(scores) })
        return scores.length
      }
      case 'xadd':
        return this.#append(key, args[1], args.slice(2))
      case 'xdel': {
        const stream = this.#held(key, 'stream')
        const before = stream?.entries.length ?? 0
        if (stream) stream.entries = stream.entries.filter(({ id }) => !args.includes(id, 1))
        return before - (stream?.entries.length ?? 0)
      }
      case 'xlen':
        return this.#held(key, 'stream')?.entries.length ?? 0
      case 'xtrim': {
        const stream = this.#held(key, 'stream')
        const before = stream?.entries.length ?? 0
        if (stream) stream.entries = stream.entries.filter(({ id }) => !isLater(args[2], id))
        return before - (stream?.entries.length ?? 0)
      }
      case 'xsetid':
        this.#held(key, 'stream')!.lastId = args[1]
        return 'OK'
      case 'xinfo':
        return this.#held(args[1], 'stream')?.lastId ?? null
      case 'xrange': {
        const [, start, end, , count = '1000000'] = args
        const entries = this.#held(key, 'stream')?.entries ?? []
        const isIn = (id: Bytes) =>
          (start === '-' || (start[0] === '(' ? isLater(id, start.slice(1)) : !isLater(start, id))) &&
          (end === '+' || !isLater(id, end))
        const first = entries.findIndex(({ id }) => isIn(id))
        const found = first < 0 ? [] : entries.slice(first, first + Number(count))
        return found.filter(({ id }) => isIn(id)).map(({ id, fields }) => [id, fields])
      }
      case 'xrevrange': {
        const last = this.#held(key, 'stream')?.entries.at(-1)
        return last ? [[last.id, last.fields]] : []
      }
      default:
        throw new Error(`The model of Redis lacks ${command}: add it to ${import.meta.filename}.`)
    }
  }

  #live(key: Bytes): Key | undefined {
    const held = this.#keys.get(key)
    if (held && held.expiresAt <= this.#now) {
      this.#keys.delete(key)
      return undefined
    }
    return held
  }

  #held<K extends Value['kind']>(key: Bytes, kind: K): HeldBy<K> | undefined {
    const value = this.#live(key)?.value
    if (value && value.kind !== kind) throw new Error('WRONGTYPE Operation against a key holding the wrong kind of value')
    return value?.held as HeldBy<K> | undefined
  }

  #put<V extends Value>(key: Bytes, value: V): V['held'] {
    this.#keys.set(key, { value, expiresAt: Number.POSITIVE_INFINITY })
    return value.held
  }

  #set([key, held, ...options]: readonly Bytes[]): Reply {
    if (options.includes('NX') && this.#live(key)) return null
    const ttl = options.indexOf('PX')
    const kept = options.includes('KEEPTTL') ? this.#keys.get(key)?.expiresAt : undefined
    this.#put(key, { kind: 'string', held })
    if (kept !== undefined) this.#keys.get(key)!.expiresAt = kept
    if (ttl >= 0) this.#keys.get(key)!.expiresAt = this.#now + Number(options[ttl + 1])
    return 'OK'
  }

  #scores(key: Bytes): Map<Bytes, number> {
    return this.#held(key, 'zset') ?? this.#put(key, { kind: 'zset', held: new Map<Bytes, number>() })
  }

  #remove(key: Bytes, choose: (scores: [Bytes, number][]) => [Bytes, number][]): number {
    const scores = this.#held(key, 'zset')
    const removed = choose(ascending(scores))
    for (const [member] of removed) scores?.delete(member)
    if (scores?.size === 0) this.#keys.delete(key)
    return removed.length
  }

  /** @param wanted an id, or `*` for one of Redis's own making */
  #append(key: Bytes, wanted: Bytes, fields: Bytes[]): Bytes {
    const stream = this.#held(key, 'stream') ?? this.#put(key, { kind: 'stream', held: { entries: [], lastId: '0-0' } as Stream })
    const [ms, sequence] = stream.lastId.split('-').map(Number)
    const now = Math.floor(this.#now)
    const id = wanted !== '*' ? wanted : now > ms ? `${now}-0` : `${ms}-${sequence + 1}`
    if (wanted !== '*' && !isLater(id, stream.lastId)) {
      throw new Error('ERR The ID specified in XADD is equal or smaller than the target stream top item')
    }
    stream.entries.push({ id, fields })
    stream.lastId = id
    return id
  }
}

/** What stands between two places, of which a negative one counts from the end. */
function stretch<T>(all: readonly T[], [, from, to]: readonly Bytes[]): T[] {
  return all.slice(Number(from), Number(to) < 0 ? all.length + Number(to) + 1 : Number(to) + 1)
}

/** As Redis orders them: by score, then by the bytes of the member. */
function ascending(scores: ReadonlyMap<Bytes, number> | undefined): [Bytes, number][] {
  return [...(scores ?? [])].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
}

function scoreText(score: number | undefined): Bytes | null {
  return score === undefined ? null : String(score)
}
