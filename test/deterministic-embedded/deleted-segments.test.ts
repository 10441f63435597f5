import { gunzipSync } from 'node:zlib'
import { it, vi } from 'vitest'
import type { Timers } from '../../src/timers.ts'
import { World } from '../deterministic/world.ts'
import { expectErased } from './disk-oracle.ts'
import { SimulatedDisk } from './simulated-disk.ts'
import { mount } from './simulated-fs.ts'
import { ARCHIVE, openStore } from './simulated-store.ts'

vi.mock('node:fs', async (original) => ({ ...(await original<object>()), ...(await import('./simulated-fs.ts')).fs }))
vi.mock('node:fs/promises', async (original) => ({
  ...(await original<object>()),
  ...(await import('./simulated-fs.ts')).promises,
}))
vi.mock('node:zlib', async (original) => {
  const actual = await original<typeof import('node:zlib')>()
  return { ...actual, ...(await import('./simulated-fs.ts')).zlibIn(actual) }
})

const ERASED = 'erased-2718281828'
const SETTINGS = { fsync: 'always', everyBytes: 3000 } as const
const SEEDS = 20

class Store {
  readonly #world: World
  readonly disk: SimulatedDisk
  readonly #archive: string | undefined
  /** What the disk did last. */
  latest = ''
  #life = 0

  constructor(seed: number, archive: string | undefined) {
    this.#archive = archive
    this.#world = new World(seed, (line) => {
      this.latest = line
    })
    this.disk = new SimulatedDisk(this.#world, 5)
    mount(this.disk)
  }

  start() {
    const life = ++this.#life
    const timers: Timers = {
      monotonic: () => this.#world.now,
      after: (ms, callback) => this.#world.after(ms, () => life === this.#life && callback()),
      atEndOfTurn: (callback) => this.#world.after(0, () => life === this.#life && callback()),
    }
    return this.done(openStore(this.#world, timers, { ...SETTINGS, archive: this.#archive }))
  }

  kill(): void {
    this.#life++
    this.disk.kill()
  }

  /** Lets time go by until it is so, or nothing is left to happen. */
  until(isSo: () => boolean): Promise<boolean> {
    return this.#world.run(isSo)
  }

  /** Whether a file has this. */
  has(text: RegExp): boolean {
    return this.disk.paths().some((path) => text.test(this.disk.content(path).toString('latin1')))
  }

  async done<T>(promise: Promise<T>): Promise<T> {
    let isOver = false
    const end = () => {
      isOver = true
    }
    promise.then(end, end)
    await this.#world.run(() => isOver)
    return promise
  }
}

const view = (userId: string, n: number) => ({ userId, eventId: `e${n}`, eventType: 'view', itemId: `i${n % 9}` })

it('an erasure holds after a loss of power that brings back deleted segments, even if no other file named the person', async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const store = new Store(seed, undefined)
    const first = await store.start()
    await store.done(first.ingest.record([view(ERASED, 0)]))
    // Memory forgets the person, and the process dies before the files do.
    first.erasures.erase(ERASED).catch(() => {})
    await store.until(() => store.has(/"kind":"erase".*\n/))
    store.kill()
    const { ingest, erasures } = await store.start()
    // A snapshot deletes the segment that names the person. No other one comes behind it, which would make that durable.
    for (let n = 1; store.has(new RegExp(ERASED)); n++) {
      await store.done(ingest.record([view('ann', n)]))
      await store.until(() => false)
    }
    await store.done(erasures.erase(ERASED))
    store.kill()
    store.disk.losePower()
    expectErased(store.disk, [ERASED])
  }
})

it('an erasure succeeds although deleted segments came back after an earlier erasure had changed their archived copies', async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const store = new Store(seed, ARCHIVE)
    const first = await store.start()
    for (let n = 0; n < 20; n++) await store.done(first.ingest.record([view(n % 4 === 0 ? ERASED : 'ann', n)]))
    first.erasures.erase(ERASED).catch(() => {})
    const isArchived = () =>
      store.disk
        .paths()
        .filter((path) => path.startsWith(ARCHIVE) && path.endsWith('.gz'))
        .some((path) => gunzipSync(store.disk.content(path)).includes(ERASED))
    await store.until(isArchived)
    await store.until(() => !isArchived() && store.latest.includes(`sync folder ${ARCHIVE}`))
    store.kill()
    store.disk.losePower()
    const { erasures } = await store.start()
    await store.done(erasures.erase(ERASED))
    expectErased(store.disk, [ERASED])
  }
})
