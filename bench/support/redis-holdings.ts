import type { Redis } from 'ioredis'

/** What a key holds, by its name. Of a user, an item, or what there is one of. */
export type Holding =
  | { readonly of: 'user' | 'item'; readonly id: string; readonly what: string }
  | { readonly of: 'rest'; readonly what: string }

export function holdingOf(key: string): Holding {
  const name = /^bench:\{[ps]\d+\}:(.*)$/s.exec(key)?.[1] ?? 'settings'
  const [what, id] = split(name)
  if (what === 'user') return { of: 'user', id, what: 'value' }
  if (what === 'ids' || what === 'events' || what === 'slates')
    return { of: 'user', id: id.replace(/^user:/, ''), what: BESIDE[what] }
  if (what === 'item') return { of: 'item', id, what: 'upload' }
  if (id.startsWith('item:')) return { of: 'item', id: id.slice(5), what: what === 'row' ? 'row' : `set ${what}` }
  if (id.startsWith('attribute:')) return { of: 'rest', what: 'attributes' }
  return { of: 'rest', what: what === 'index' ? 'index of items' : what }
}

const BESIDE = { ids: 'event ids', events: 'latest events', slates: 'ids of slates' } as const

function split(name: string): [string, string] {
  const at = name.indexOf(':')
  return at < 0 ? [name, ''] : [name.slice(0, at), name.slice(at + 1)]
}

/** Bytes by key, of all keys. */
export async function usage(redis: Redis): Promise<Map<string, number>> {
  const byKey = new Map<string, number>()
  let cursor = '0'
  do {
    const [next, keys] = await redis.scan(cursor, 'COUNT', 1000)
    cursor = next
    const pipeline = redis.pipeline()
    for (const key of keys) pipeline.memory('USAGE', key, 'SAMPLES', 0)
    const replies = (await pipeline.exec()) ?? []
    keys.forEach((key, i) => void byKey.set(key, Number(replies[i][1])))
  } while (cursor !== '0')
  return byKey
}

/** Number of neighbours by item. @param byKey all keys */
export async function neighboursByItem(redis: Redis, byKey: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const keys = [...byKey.keys()].filter((key) => holdingOf(key).what === 'set neighbours')
  const pipeline = redis.pipeline()
  for (const key of keys) pipeline.zcard(key)
  const replies = (await pipeline.exec()) ?? []
  return new Map(keys.map((key, i) => [(holdingOf(key) as { id: string }).id, Number(replies[i][1])]))
}
