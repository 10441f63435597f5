import { describe, expect, it, vi } from 'vitest'
import { neighbourPart } from '../../src/state/neighbour-record.ts'
import { HOUR } from '../../src/time-units.ts'
import { bothStores, onRedis } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { listsOf, serveNeighbours } from '../support/neighbour-lists.ts'
import type { OpenedService } from '../support/service.ts'
import { REQUEST } from '../support/slate-request.ts'

const VERSIONS = 12

/** Lists whose neighbours name their version. */
const neighboursOf = (version: number) => ({ a: { [`x${version}`]: 2 }, b: { [`y${version}`]: 1 } })

async function prepare({ uploads, ingest }: OpenedService): Promise<void> {
  const items = Array.from({ length: VERSIONS }, (_, i) => [`x${i}`, `y${i}`]).flat()
  await uploads.upsertItems([...items, 'a', 'b'].map((itemId) => ({ itemId, attributes: {} })))
  await ingest.record(['a', 'b'].map((itemId) => ({ eventId: `of ${itemId}`, userId: 'me', eventType: 'view', itemId })))
}

/** Makes candidates until the last version is there, and returns what each time came from the lists. */
async function watch({ recommender, neighbourLists }: OpenedService): Promise<string[]> {
  const seen: string[] = []
  for (let isLast = false; !isLast; ) {
    isLast = neighbourLists.latest?.served.version === `v${VERSIONS - 1}`
    const { gathered } = await recommender.candidates({ ...REQUEST, userId: 'me' })
    const ranks = gathered.standings.get('offline_neighbours')!.ranks
    seen.push(gathered.itemIds.filter((_, row) => !Number.isNaN(ranks[row])).join())
    // What others do has its turn.
    await new Promise(setImmediate)
  }
  return seen
}

async function serveAll(service: OpenedService): Promise<void> {
  for (let version = 0; version < VERSIONS; version++) {
    await serveNeighbours(service, `v${version}`, neighboursOf(version), service.clock.now() - HOUR + version)
  }
}

const whole = ['', ...Array.from({ length: VERSIONS }, (_, i) => `x${i},y${i}`)]

bothStores((open) => {
  describe('neighbour lists that change while slates are made', () => {
    it('are never a part of one version and a part of another', async () => {
      const service = await open()
      await prepare(service)
      const [seen] = await Promise.all([watch(service), serveAll(service)])
      expect(whole).toEqual(expect.arrayContaining([...new Set(seen)]))
      expect(new Set(seen).size).toBeGreaterThan(2)
      expect(seen.at(-1)).toBe(whole.at(-1))
    })
  })
})

onRedis('neighbour lists of several processes', (open) => {
  it('reach the other processes whole, and the last version in the end', async () => {
    const prefix = 'several-lists'
    const [first, second] = [await open({ prefix }), await open({ prefix })]
    await prepare(first)
    await eventually(() => expect(second.catalogue.size).toBe(2 * VERSIONS + 2))
    const [seen] = await Promise.all([watch(second), serveAll(first)])
    expect(whole).toEqual(expect.arrayContaining([...new Set(seen)]))
    expect(seen.at(-1)).toBe(whole.at(-1))
    expect(second.warnings).toEqual([])
  })

  it('do not go back to an older version if another process served a newer one while old parts were deleted', async () => {
    const prefix = 'no-older-lists'
    const [first, second] = [await open({ prefix }), await open({ prefix })]
    const generatedAt = first.clock.now()
    await first.neighbourUploads.upload({ version: 'v1', part: 0, parts: 1, lists: listsOf({ a: { x: 1 } }) })
    vi.spyOn(first.store, 'dropValues').mockImplementationOnce(async () => {
      await serveNeighbours(second, 'v2', neighboursOf(2), generatedAt + 1)
      await eventually(() => expect(first.neighbourLists.latest?.served.version).toBe('v2'))
    })
    await first.neighbourUploads.serve({ version: 'v1', generatedAt, lists: 1, decay: 0 })
    expect(first.neighbourLists.latest?.served.version).toBe('v2')
  })

  it('stay as they were in a process that cannot read the newer version, which says so', async () => {
    const prefix = 'damaged-lists'
    const first = await open({ prefix })
    await prepare(first)
    await serveNeighbours(first, 'v0', neighboursOf(0))
    await first.store.dropValues([neighbourPart('v0', 1)])
    const second = await open({ prefix })
    expect(second.neighbourLists.latest).toBeUndefined()
    expect(second.warnings).toEqual(['the neighbour lists could not be read'])
    first.clock.advance(HOUR)
    await serveNeighbours(first, 'v1', neighboursOf(1))
    await eventually(() => expect(second.neighbourLists.latest?.served.version).toBe('v1'))
  })
})
