import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeptSlates } from '../../../src/state/embedded/kept-slates.ts'
import { HOUR, MINUTE } from '../../../src/time-units.ts'
import { checkProperty } from '../../support/check-property.ts'
import { START } from '../../support/settable-clock.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const LIVES = { unnamed: HOUR, named: 24 * HOUR }
/** So little that most slates are on disk. */
const MEMORY = 32 * 1024
const USERS = ['ann', 'bob', 'cy']

async function opened(folder: string, { memoryBytes = MEMORY, diskBytes = 2 ** 30 } = {}) {
  const warnings: string[] = []
  const slates = new KeptSlates()
  await slates.open({ folder, memoryBytes, diskBytes, warn: (message) => void warnings.push(message) })
  return { slates, warnings }
}

function slateOf(id: string, userId: string, at: number, length = 300) {
  return { at, userId, isNamed: false, bytes: Buffer.from(`${id} of ${userId} `.repeat(length).slice(0, length)) }
}

const filesIn = async (folder: string) => (await readdir(folder)).filter((name) => name.startsWith('slates-'))
const bytesIn = async (folder: string) =>
  Buffer.concat(await Promise.all((await filesIn(folder)).map((name) => readFile(join(folder, name)))))

type Step =
  | { readonly kind: 'serve'; readonly user: number; readonly length: number }
  | { readonly kind: 'name'; readonly slate: number; readonly user: number }
  | { readonly kind: 'erase'; readonly user: number }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'settle' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('serve' as const), user: fc.nat(2), length: fc.integer({ min: 20, max: 6000 }) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('name' as const), slate: fc.nat(99), user: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('erase' as const), user: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.nat(90) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
)

interface Served {
  readonly userId: string
  readonly at: number
  readonly bytes: Buffer
  isNamed: boolean
}

/** What one step does to the slates, and to what is expected of them. */
async function take(step: Step, slates: KeptSlates, served: Map<string, Served>, clock: { now: number; ids: number }) {
  switch (step.kind) {
    case 'serve': {
      const id = `0a-${clock.ids++}`
      const slate = slateOf(id, USERS[step.user], clock.now, step.length)
      slates.deleteExpired(clock.now)
      slates.set(id, slate)
      await slates.roomForMore()
      served.set(id, slate)
      return
    }
    case 'name': {
      const id = `0a-${Math.max(0, clock.ids - 1 - step.slate)}`
      const slate = served.get(id)
      const isKept = slate !== undefined && slate.at > clock.now - LIVES.unnamed
      if (!isKept) return
      slates.name(id, USERS[step.user])
      if (slate.userId === USERS[step.user]) slate.isNamed = true
      return
    }
    case 'erase':
      slates.deleteOf(USERS[step.user])
      for (const [id, { userId }] of served) if (userId === USERS[step.user]) served.delete(id)
      return
    case 'wait':
      clock.now += step.minutes * MINUTE
      return
    case 'settle':
      await slates.settled()
  }
}

function isAlive({ at, isNamed }: Served, now: number): boolean {
  return at > now - (isNamed ? LIVES.named : LIVES.unnamed)
}

describe('stored slates that exceed their memory', () => {
  it('are read, named and erased, and expire, like those in memory', async () => {
    let onDisk = 0
    const property = fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 120 }), async (steps) => {
      const folder = await temporaryDirectory()
      const { slates, warnings } = await opened(folder)
      const served = new Map<string, Served>()
      const clock = { now: START, ids: 0 }
      for (const one of steps) await take(one, slates, served, clock)
      for (let n = 0; n < clock.ids; n++) {
        const expected = served.get(`0a-${n}`)
        const found = await slates.get(`0a-${n}`, clock.now)
        expect(found?.toString()).toBe(expected && isAlive(expected, clock.now) ? expected.bytes.toString() : undefined)
      }
      await slates.settled()
      onDisk += (await filesIn(folder)).length
      for (const userId of USERS) {
        const ofUser: string[] = []
        for await (const { recommendationId } of slates.ofUser(userId)) ofUser.push(recommendationId)
        const alive = [...served].filter(([, slate]) => slate.userId === userId && isAlive(slate, clock.now)).map(([id]) => id)
        expect(ofUser).toEqual(expect.arrayContaining(alive))
        expect(slates.hasOf(userId)).toBe(ofUser.length > 0)
        // Nothing that was deleted is left in a file.
        const written = (await bytesIn(folder)).toString('latin1')
        for (let n = 0; n < clock.ids; n++)
          if (!ofUser.includes(`0a-${n}`)) expect(written).not.toContain(`0a-${n} of ${userId} `)
      }
      expect(warnings).toEqual([])
    })
    await checkProperty(property, 60)
    expect(onDisk).toBeGreaterThan(30)
  })

  it('exist after a restart, named or not', async () => {
    const folder = await temporaryDirectory()
    const { slates } = await opened(folder)
    for (let n = 0; n < 400; n++) {
      slates.set(`0a-${n}`, slateOf(`0a-${n}`, USERS[n % 3], START + n))
      await slates.roomForMore()
    }
    await slates.settled()
    slates.name('0a-0', 'ann')
    slates.name('0a-1', 'ann')
    expect(slates.deleteOf('cy')).toBeGreaterThan(100)
    await slates.settled()
    const inMemory = new Map(slates)
    expect(inMemory.size).toBeGreaterThan(0)
    expect(inMemory.size).toBeLessThan(200)
    const again = (await opened(folder)).slates
    for (let n = 0; n < 400; n++) {
      const isThere = n % 3 !== 2 && !inMemory.has(`0a-${n}`)
      expect((await again.get(`0a-${n}`, START + MINUTE)) !== undefined, `0a-${n}`).toBe(isThere)
    }
    expect(await again.get('0a-0', START + 2 * HOUR)).toBeDefined()
    expect(await again.get('0a-1', START + 2 * HOUR)).toBeUndefined()
  })

  it('take at most the memory and the disk space that the settings allow', async () => {
    const folder = await temporaryDirectory()
    const { slates, warnings } = await opened(folder, { diskBytes: 100_000 })
    for (let n = 0; n < 2000; n++) {
      slates.set(`0a-${n}`, slateOf(`0a-${n}`, 'ann', START + n))
      if (n % 20 === 0) await slates.settled()
    }
    await slates.settled()
    slates.set('last', slateOf('last', 'ann', START + 2000, 6000))
    await slates.settled()
    expect([...slates].reduce((sum, [, { bytes }]) => sum + bytes.length, 0)).toBeLessThan(2 * MEMORY)
    expect((await bytesIn(folder)).length).toBeLessThan(100_000 + 8192)
    expect(warnings.some((message) => message.includes('SLATES_DISK_MB'))).toBe(true)
    expect(await slates.get('0a-0', START)).toBeUndefined()
    expect(await slates.get('0a-1999', START)).toBeDefined()
  })

  it('are deleted early if the disk refuses them', async () => {
    const folder = await temporaryDirectory()
    const { slates, warnings } = await opened(folder)
    await rm(folder, { recursive: true })
    for (let n = 0; n < 2000; n++) slates.set(`0a-${n}`, slateOf(`0a-${n}`, 'ann', START + n))
    expect([...slates].reduce((sum, [, { bytes }]) => sum + bytes.length, 0)).toBeLessThan(3 * MEMORY)
    expect(warnings.some((message) => message.includes('the disk refuses them'))).toBe(true)
    expect(await slates.get('0a-1999', START)).toBeDefined()
  })

  it('that are damaged in their file are unknown, and the others still exist', async () => {
    const folder = await temporaryDirectory()
    const { slates } = await opened(folder)
    for (let n = 0; n < 400; n++) {
      slates.set(`0a-${n}`, slateOf(`0a-${n}`, 'ann', START + n))
      await slates.roomForMore()
    }
    await slates.settled()
    const path = join(folder, 'slates-000001')
    const bytes = await readFile(path)
    bytes[60] ^= 1
    await writeFile(path, bytes)
    expect(await slates.get('0a-0', START)).toBeUndefined()
    const again = (await opened(folder)).slates
    expect(await again.get('0a-0', START)).toBeUndefined()
    expect(await again.get('0a-1', START)).toBeDefined()
  })
})
