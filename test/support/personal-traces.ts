import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { gunzipSync } from 'node:zlib'
import type { Redis } from 'ioredis'
import { userListId } from '../../src/candidates/offline.ts'
import { MemoryStore } from '../../src/state/embedded/store.ts'
import { lineOf } from '../../src/state/log/redis-entry-line.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import type { OpenedService } from './service.ts'

/** A place of a raw store, or of its files, that names a person. */
export type Trace =
  | { readonly kind: 'value' | 'list' | 'events' | 'slates' | 'sample' | 'hashes' | 'presence'; readonly id: string }
  | { readonly kind: 'slate'; readonly recommendationId: string }
  | { readonly kind: 'log'; readonly line: string }
  /** A snapshot of the embedded store, which is a copy of what its memory holds. */
  | { readonly kind: 'copy'; readonly file: string }
  /** A place that this scan does not know: tell it what is kept there, and export it. */
  | { readonly kind: 'unknown'; readonly place: string }

/** Looks through the values of all keys, or memory and all files, for ids of a person. @param folders archives and data folders */
export async function tracesOf(
  service: OpenedService,
  ids: readonly string[],
  folders: readonly string[],
  redis: Redis | undefined,
): Promise<Trace[]> {
  const files = (await Promise.all(folders.map((folder) => fileTraces(folder, ids)))).flat()
  return [...files, ...(redis ? await redisTraces(redis, service, ids) : memoryTraces(service, ids))]
}

function isNamedIn(text: string, ids: readonly string[]): boolean {
  return ids.some((id) => text.includes(id))
}

/** Reads until no file came, went or was renamed meanwhile: a running store rotates its journal, and a line must not slip past. */
async function fileTraces(folder: string, ids: readonly string[]): Promise<Trace[]> {
  for (let listed = await filesOf(folder); ; ) {
    const traces: Trace[] = []
    for (const [file] of listed) traces.push(...(await tracesInFile(file, ids)))
    const now = await filesOf(folder)
    if (isDeepStrictEqual(now, listed)) return traces
    listed = now
  }
}

/** Files below a folder, with the numbers that the file system gives them. */
async function filesOf(folder: string): Promise<Map<string, number>> {
  const files = new Map<string, number>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const found = await unlessGone(stat(file))
    if (found) files.set(file, found.ino)
  }
  return files
}

async function tracesInFile(file: string, ids: readonly string[]): Promise<Trace[]> {
  const read = await unlessGone(readFile(file))
  if (!read) return []
  const text = (file.endsWith('.gz') ? gunzipSync(read) : read).toString()
  if (!isNamedIn(text, ids)) return []
  if (!/\.jsonl(\.gz)?$/.test(file))
    return [/snapshot-\d+$/.test(file) ? { kind: 'copy', file } : { kind: 'unknown', place: file }]
  return text
    .split('\n')
    .filter((line) => isNamedIn(line, ids))
    .map((line) => ({ kind: 'log', line }))
}

async function unlessGone<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function memoryTraces({ store }: OpenedService, ids: readonly string[]): Trace[] {
  if (!(store instanceof MemoryStore)) throw new Error('not an embedded store')
  const { values, events, sample, slates, sums } = store.contents
  const traces: Trace[] = []
  const add = (known: boolean, place: string, trace: Trace) => traces.push(known ? trace : { kind: 'unknown', place })
  for (const [kind, map] of Object.entries(values)) {
    for (const [id, bytes] of map.entries()) {
      if (!isNamedIn(`${id} ${bytes.toString()}`, ids)) continue
      if (kind === 'list')
        add(
          ids.some((one) => userListId(one) === id),
          `list ${id}`,
          { kind: 'list', id: id.slice(5) },
        )
      else add(kind === 'user' && ids.includes(id), `${kind} ${id}`, { kind: 'value', id })
    }
  }
  for (const [id, bytes] of events.entries())
    if (isNamedIn(`${id} ${bytes.toString()}`, ids)) add(ids.includes(id), `events ${id}`, { kind: 'events', id })
  for (const id of sample.userIds) if (ids.includes(id)) traces.push({ kind: 'sample', id })
  for (const [recommendationId, { bytes }] of slates)
    if (isNamedIn(bytes.toString(), ids)) traces.push({ kind: 'slate', recommendationId })
  for (const entity of sums.keys()) if (isNamedIn(entity, ids)) traces.push({ kind: 'unknown', place: entity })
  return traces
}

/** Keys whose names tell of whom they are. */
function keysOf(keys: RedisKeys, ids: readonly string[]): Map<string, Trace> {
  const known = new Map<string, Trace>()
  for (const id of ids) {
    known.set(keys.value({ kind: 'user', id }), { kind: 'value', id })
    known.set(keys.value({ kind: 'list', id: userListId(id) }), { kind: 'list', id })
    known.set(keys.events(id), { kind: 'events', id })
    known.set(keys.slatesOf(id), { kind: 'slates', id })
    known.set(keys.identities({ kind: 'user', id }), { kind: 'hashes', id })
    known.set(keys.presence(id), { kind: 'presence', id })
  }
  return known
}

async function redisTraces(redis: Redis, { prefix, partitioning }: OpenedService, ids: readonly string[]): Promise<Trace[]> {
  const keys = new RedisKeys(partitioning, prefix)
  const known = keysOf(keys, ids)
  const traces: Trace[] = []
  for (const key of await redis.keys(`${prefix}:*`)) {
    const trace = known.get(key)
    const content = await contentOf(redis, key)
    if (trace) traces.push(trace)
    else if (isNamedIn(`${key} ${content.join(' ')}`, ids)) traces.push(...tracesIn(key, content, ids))
  }
  return traces
}

/** Traces in a key whose name names nobody. */
function tracesIn(key: string, content: readonly string[], ids: readonly string[]): Trace[] {
  const recommendationId = /:slate:([^:]+)$/.exec(key)?.[1]
  if (recommendationId !== undefined) return [{ kind: 'slate', recommendationId }]
  if (key.endsWith(':log')) return content.filter((line) => isNamedIn(line, ids)).map((line) => ({ kind: 'log', line }))
  if (key.endsWith(':sample')) return ids.filter((id) => content.includes(id)).map((id) => ({ kind: 'sample', id }))
  if (key.endsWith(':index:list')) return ids.filter((id) => content.includes(userListId(id))).map((id) => ({ kind: 'list', id }))
  return [{ kind: 'unknown', place: key }]
}

/** Members, elements or entries of a key, as texts. */
async function contentOf(redis: Redis, key: string): Promise<string[]> {
  switch (await redis.type(key)) {
    case 'string':
      return [(await redis.get(key)) ?? '']
    case 'list':
      return redis.lrange(key, 0, -1)
    case 'set':
      return redis.smembers(key)
    case 'zset':
      return redis.zrange(key, 0, -1)
    case 'hash':
      return Object.entries(await redis.hgetall(key)).flat()
    case 'stream':
      return (await redis.xrange(key, '-', '+')).map(([, fields]) => lineOf(fields))
    // It has expired since its name was read.
    case 'none':
      return []
    default:
      throw new Error(`a key of an unknown type: ${key}`)
  }
}
