import { describe, expect, it } from 'vitest'
import { MAX_LISTED_ITEMS, MAX_LISTS } from '../../src/catalogue/neighbour-lists.ts'
import { InvalidInputError, NotFoundError } from '../../src/errors.ts'
import { neighbourPart } from '../../src/state/neighbour-record.ts'
import { DAY, HOUR } from '../../src/time-units.ts'
import { bothStores } from '../support/each-store.ts'
import { listsOf, type Neighbours, serveNeighbours } from '../support/neighbour-lists.ts'
import type { OpenedService } from '../support/service.ts'
import { REQUEST } from '../support/slate-request.ts'
import { scratchDirectory } from '../support/temporary-directory.ts'

const A = { a: { x: 2 }, b: { y: 1 } }
const B = { a: { z: 2 }, b: { z: 1 }, c: { a: 1 } }

/** What the source proposes to a user who has viewed a and b. */
async function proposed({ recommender, ingest, uploads }: OpenedService): Promise<string[]> {
  await uploads.upsertItems([...'abcxyz'].map((itemId) => ({ itemId, attributes: {} })))
  await ingest.record(['a', 'b'].map((itemId) => ({ eventId: `view of ${itemId}`, userId: 'me', eventType: 'view', itemId })))
  const { gathered } = await recommender.candidates({ ...REQUEST, userId: 'me' })
  const ranks = gathered.standings.get('offline_neighbours')!.ranks
  return gathered.itemIds.filter((_, row) => !Number.isNaN(ranks[row]))
}

const latest = ({ neighbourLists }: OpenedService) => neighbourLists.latest?.served.version

bothStores((open, store) => {
  describe('neighbour lists', () => {
    const upload = (service: OpenedService, version: string, part: number, neighbours: Neighbours, parts = 2) =>
      service.neighbourUploads.upload({ version, part, parts, lists: listsOf(neighbours) })
    const serve = (service: OpenedService, version: string, lists: number, generatedAt = service.clock.now()) =>
      service.neighbourUploads.serve({ version, generatedAt, lists, decay: 0 })

    it('are served as candidates, and replaced whole by a newer version', async () => {
      const service = await open()
      await serveNeighbours(service, 'v1', A)
      expect(await proposed(service)).toEqual(['x', 'y'])
      service.clock.advance(DAY)
      await upload(service, 'v2', 0, { a: { z: 1 } })
      // A version that is not complete changes nothing.
      expect(await proposed(service)).toEqual(['x', 'y'])
      await upload(service, 'v2', 1, { c: { x: 1 } })
      await serve(service, 'v2', 2)
      expect(await proposed(service)).toEqual(['z'])
    })

    // Regression: a large version kept the process from answering requests for seconds.
    it('let the process do other work after each part while a version is put together', async () => {
      const service = await open()
      const parts = 40
      for (let part = 0; part < parts; part++) await upload(service, 'v1', part, { [`i${part}`]: { x: 1 } }, parts)
      let turns = 0
      let serving = true
      const count = () => {
        turns++
        if (serving) setImmediate(count)
      }
      setImmediate(count)
      await serve(service, 'v1', parts)
      serving = false
      expect(turns).toBeGreaterThanOrEqual(2 * parts)
    })

    it('change no slate before the first upload, and end by the clock', async () => {
      const service = await open()
      expect(await proposed(service)).toEqual([])
      await serveNeighbours(service, 'v1', A)
      service.clock.advance(7 * DAY - 1)
      expect(await proposed(service)).toEqual(['x', 'y'])
      service.clock.advance(1)
      expect(await proposed(service)).toEqual([])
      expect(latest(service)).toBe('v1')
    })

    it('are there again after a restart, also from a snapshot', async () => {
      const dataDir = scratchDirectory()
      const prefix = `restart-of-${store}-lists`
      for (const snapshotEvery of [0, 0.001, 0]) {
        const service = await open({ dataDir, prefix, snapshotEvery })
        if (latest(service) === undefined) {
          await serveNeighbours(service, 'v1', A)
          service.clock.advance(HOUR)
          await serveNeighbours(service, 'v2', B)
        }
        expect(latest(service)).toBe('v2')
        expect(service.neighbourLists.latest?.neighbours).toBe(3)
        await proposed(service)
        await service.close()
      }
    })

    it('leave nothing of the former version in the store', async () => {
      const service = await open()
      await serveNeighbours(service, 'v1', A)
      service.clock.advance(HOUR)
      await serveNeighbours(service, 'v2', B)
      const stored = (version: string) => service.store.readValues([0, 1, 2].map((part) => neighbourPart(version, part)))
      expect(await stored('v1')).toEqual([undefined, undefined, undefined])
      expect((await stored('v2')).every((value) => value !== undefined)).toBe(true)
    })

    it('are refused if a part is missing, or the number of lists is another one', async () => {
      const service = await open()
      await upload(service, 'v1', 1, { b: { y: 1 } })
      await expect(serve(service, 'v1', 2)).rejects.toThrow(
        new NotFoundError('Part 0 of the 2 parts of version v1 is missing: upload it.', 'version'),
      )
      await expect(serve(service, 'unknown', 2)).rejects.toThrow(NotFoundError)
      await upload(service, 'v1', 0, { a: { y: 1 } })
      await expect(serve(service, 'v1', 3)).rejects.toThrow('have 2 lists, not 3')
      expect(latest(service)).toBeUndefined()
      await serve(service, 'v1', 2)
      expect(latest(service)).toBe('v1')
    })

    it('are refused if two parts have a list of one item', async () => {
      const service = await open()
      await upload(service, 'v1', 0, { a: { y: 1 } })
      await upload(service, 'v1', 1, { a: { x: 1 } })
      await expect(serve(service, 'v1', 2)).rejects.toThrow(/Part 1 has a list of the item a/)
    })

    it('are refused if they are older than those that are served, expired, or of the future', async () => {
      const service = await open()
      const now = service.clock.now()
      await serveNeighbours(service, 'v2', A, now - HOUR)
      await expect(serveNeighbours(service, 'v1', B, now - 2 * HOUR)).rejects.toThrow(/Version v2, which is served/)
      await expect(serveNeighbours(service, 'v3', B, now - HOUR)).rejects.toThrow(InvalidInputError)
      await expect(serve(service, 'v1', 3, now - 7 * DAY)).rejects.toThrow(/expired/)
      await expect(serve(service, 'v1', 3, now + HOUR)).rejects.toThrow(/ahead of the server's clock/)
      expect(latest(service)).toBe('v2')
    })

    it('can be sent and served twice, but a stored part never changes', async () => {
      const service = await open()
      await upload(service, 'v1', 0, { a: { x: 1 } })
      expect(await upload(service, 'v1', 0, { a: { x: 1 } })).toEqual([])
      await expect(upload(service, 'v1', 0, { a: { x: 2 } })).rejects.toThrow(/stored with other lists/)
      await expect(upload(service, 'v1', 0, { a: { x: 1 } }, 3)).rejects.toThrow(/begun with 2 parts, not 3/)
      await upload(service, 'v1', 1, {})
      const at = service.clock.now()
      await serve(service, 'v1', 1, at)
      service.clock.advance(HOUR)
      expect((await serve(service, 'v1', 1, at)).lists.served.servedAt).toBe(at)
      await expect(serve(service, 'v1', 1, at + 1)).rejects.toThrow(/served already/)
      await expect(upload(service, 'v1', 0, { a: { x: 1 } })).rejects.toThrow(/served already/)
    })

    it('of two uploads at once do not mix: the one that was computed later is served', async () => {
      const service = await open()
      const at = service.clock.now()
      for (const part of [0, 1]) {
        await upload(service, 'v1', part, { [`a${part}`]: { x: 1 } })
        await upload(service, 'v2', part, { [`b${part}`]: { y: 1 } })
      }
      const outcomes = await Promise.allSettled([serve(service, 'v1', 2, at - 1), serve(service, 'v2', 2, at)])
      expect(outcomes[1].status).toBe('fulfilled')
      expect(latest(service)).toBe('v2')
      expect(service.neighbourLists.latest?.sum([{ itemId: 'a0', weight: 1 }]).itemIds).toEqual([])
      expect(service.neighbourLists.latest?.sum([{ itemId: 'b1', weight: 1 }]).itemIds).toEqual(['y'])
    })

    it('of uploads that were broken off go when three others have begun', async () => {
      const service = await open()
      for (const version of ['v1', 'v2', 'v3', 'v4']) await upload(service, version, 0, { a: { x: 1 } })
      const stored = await service.store.readValues(['v1', 'v2', 'v3', 'v4'].map((version) => neighbourPart(version, 0)))
      expect(stored.map((value) => value !== undefined)).toEqual([false, true, true, true])
      await expect(serve(service, 'v1', 1)).rejects.toThrow(NotFoundError)
    })

    it('of a version that was given up cannot come again while its parts are deleted', async () => {
      const service = await open()
      for (const version of ['v1', 'v2', 'v3', 'v4']) await upload(service, version, 0, { a: { x: 1 } })
      await expect(upload(service, 'v1', 0, { a: { x: 1 } })).rejects.toThrow('Version v1 was given up: use a new version.')
    })

    it('are refused as soon as the parts read so far have too many lists', async () => {
      const service = await open()
      const neighbours = [{ itemId: 'x', score: 1 }]
      const lists = Array.from({ length: MAX_LISTS + 1 }, (_, i) => ({ itemId: `i${i}`, neighbours }))
      // Part 1 is missing, but part 0 alone has too many.
      await service.neighbourUploads.upload({ version: 'v1', part: 0, parts: 2, lists })
      await expect(serve(service, 'v1', MAX_LISTS)).rejects.toThrow(`more than ${MAX_LISTS} lists`)
    })

    it('are refused if they name too many different items', async () => {
      const service = await open()
      const lists = Array.from({ length: MAX_LISTED_ITEMS / 100 }, (_, i) => ({
        itemId: `i${i}`,
        neighbours: Array.from({ length: 100 }, (_, j) => ({ itemId: `n${i}-${j}`, score: 1 })),
      }))
      await service.neighbourUploads.upload({ version: 'v1', part: 0, parts: 1, lists })
      await expect(serve(service, 'v1', lists.length)).rejects.toThrow(`more than ${MAX_LISTED_ITEMS} different items`)
    })

    it('name each invalid list, and store nothing of its part', async () => {
      const service = await open()
      const one = { itemId: 'x', score: 1 }
      const many = Array.from({ length: 101 }, (_, i) => ({ itemId: `x${i}`, score: 1 }))
      const lists = [
        { itemId: 'good', neighbours: [one] },
        { itemId: '', neighbours: [one] },
        { itemId: 'good', neighbours: [one] },
        { itemId: 'x', neighbours: [one] },
        { itemId: 'a', neighbours: [{ ...one, score: Number.NaN }] },
        { itemId: 'b', neighbours: [one, { ...one, score: 0 }] },
        { itemId: 'c', neighbours: [{ ...one, score: Number.POSITIVE_INFINITY }] },
        { itemId: 'd', neighbours: many },
        { itemId: 'e', neighbours: [{ itemId: 'x'.repeat(129), score: 1 }] },
      ]
      const refused = await service.neighbourUploads.upload({ version: 'v1', part: 0, parts: 1, lists })
      expect(refused.map(({ index, field }) => [index, field])).toEqual([
        [1, 'itemId'],
        [2, 'itemId'],
        [3, 'neighbours.0.itemId'],
        [4, 'neighbours.0.score'],
        [5, 'neighbours.1.score'],
        [6, 'neighbours.0.score'],
        [7, 'neighbours'],
        [8, 'neighbours.0.itemId'],
      ])
      expect(await service.store.readValues([neighbourPart('v1', 0)])).toEqual([undefined])
      for (const [part, parts] of [
        [-1, 1],
        [1, 1],
        [0, 0],
        [0, 1001],
      ])
        await expect(service.neighbourUploads.upload({ version: 'v1', part, parts, lists: [] })).rejects.toThrow(
          InvalidInputError,
        )
    })

    it('take the higher score of a neighbour that is named twice, and keep unknown items', async () => {
      const service = await open()
      const neighbours = [1, 3, 2].map((score) => ({ itemId: 'x', score }))
      await service.neighbourUploads.upload({ version: 'v1', part: 0, parts: 1, lists: [{ itemId: 'nowhere', neighbours }] })
      await serve(service, 'v1', 1)
      expect(service.neighbourLists.latest?.sum([{ itemId: 'nowhere', weight: 2 }])).toEqual({
        itemIds: ['x'],
        scores: [6],
        mostOf: [0],
      })
      // Nobody may see what the catalogue does not have.
      await service.ingest.record([{ eventId: 'e1', userId: 'you', eventType: 'view', itemId: 'nowhere' }])
      const { gathered } = await service.recommender.candidates({ ...REQUEST, userId: 'you' })
      expect(gathered.itemIds).not.toContain('x')
    })
  })
})
