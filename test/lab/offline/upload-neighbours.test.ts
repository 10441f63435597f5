import { describe, expect, it } from 'vitest'
import { type Ask, uploadNeighbours } from '../../../lab/offline/upload-neighbours.ts'
import { LiverankError, UnavailableError } from '../../../src/errors.ts'
import { listsOf } from '../../support/neighbour-lists.ts'
import { asker } from '../../support/server.ts'
import { openOn } from '../../support/service.ts'

const version = (lists: ReturnType<typeof listsOf>, generatedAt: number) => ({ version: 'v1', generatedAt, lists, decay: 3 })
const noPause = async () => {}

/** A service that is asked in this process, and keeps how many lists each part had. */
async function asked() {
  const service = await openOn(undefined, { dataDir: null })
  const ask = asker(service)
  const parts: number[] = []
  const send: Ask = async (query, variables) => {
    const { data, errors } = await ask(query, variables as Record<string, unknown>)
    if (errors) throw new LiverankError('BAD_USER_INPUT', errors[0].message)
    const { part, lists } = variables as { part?: number; lists: readonly unknown[] }
    if (part !== undefined) parts.push(lists.length)
    return data
  }
  return { service, send, parts }
}

describe('the upload of neighbour lists', () => {
  it('divides the lists into parts of at most 100 lists and 500,000 bytes, and serves them all', async () => {
    const { service, send, parts } = await asked()
    const short = Object.fromEntries(Array.from({ length: 230 }, (_, i) => [`i${i}`, { x: 1 }]))
    const id = (i: number) => `${i}-${'x'.repeat(120)}`
    const long = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [id(i), Object.fromEntries(Array.from({ length: 60 }, (_, j) => [id(j + 200), 1]))]),
    )
    const lists = listsOf({ ...short, ...long })
    const at = service.clock.now()
    expect(await uploadNeighbours(version(lists, at), send, noPause)).toBe(new Date(at + 7 * 86_400_000).toISOString())
    expect(parts.slice(0, 2)).toEqual([100, 100])
    expect(parts.slice(2).every((of) => of < 100)).toBe(true)
    expect(service.neighbourLists.latest).toMatchObject({
      lists: 330,
      neighbours: 230 + 6000,
      served: { decay: 3, parts: parts.length },
    })
  })

  it('repeats requests that got no answer, after longer and longer pauses, and gives up in the end', async () => {
    const { service, send } = await asked()
    const pauses: number[] = []
    const pause = async (ms: number) => void pauses.push(ms)
    let failures = 0
    /** The service got each operation, but its first two answers are lost. */
    const unsure: Ask = async (query, variables) => {
      const answer = await send(query, variables)
      if (failures++ % 3 < 2) throw new UnavailableError('lost')
      return answer
    }
    await uploadNeighbours(version(listsOf({ a: { x: 1 } }), service.clock.now()), unsure, pause)
    expect(pauses).toEqual([500, 2000, 500, 2000])
    expect(service.neighbourLists.latest?.served.version).toBe('v1')
    const never = async () => Promise.reject(new UnavailableError('gone'))
    pauses.length = 0
    await expect(uploadNeighbours(version(listsOf({ a: { x: 1 } }), 0), never, pause)).rejects.toThrow('gone')
    expect(pauses).toEqual([500, 2000, 8000, 20_000])
  })

  it('ends with what the service says if it refuses a list or the version', async () => {
    const { service, send } = await asked()
    const now = service.clock.now()
    await expect(uploadNeighbours(version(listsOf({ a: { a: 1 } }), now), send, noPause)).rejects.toThrow(
      /^The service refuses the list of the item a: neighbours.0.itemId is the item of the list itself/,
    )
    await uploadNeighbours(version(listsOf({ a: { x: 1 } }), now), send, noPause)
    const older = { ...version(listsOf({ a: { x: 1 } }), now - 1), version: 'v0' }
    await expect(uploadNeighbours(older, send, noPause)).rejects.toThrow(/^The service does not serve the lists: Version v1/)
    expect(service.neighbourLists.latest?.served.version).toBe('v1')
  })
})
