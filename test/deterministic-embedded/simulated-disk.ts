import { dirname } from 'node:path'
import type { World } from '../deterministic/world.ts'

/** A file, by whatever names. */
interface Inode {
  readonly number: number
  /** As processes read it. */
  data: Buffer
  /** What a loss of power leaves. */
  durable: Buffer
  /** Stretches that a failed sync has dropped: no later sync brings them to the disk. */
  readonly dropped: (readonly [from: number, to: number])[]
}

type NameChange = { readonly folder: string; readonly apply: (names: Map<string, Inode>) => void }

export class DiskError extends Error {
  readonly code: string
  constructor(code: string, path: string) {
    super(`${code}: ${path}`)
    this.code = code
  }
}

/**
 * A disk in memory. Writes take time and may be torn; a process that is killed leaves what had reached the page cache; a loss of power
 * leaves what was synced, and a random part of the rest: of each file a prefix, of changed names the first ones.
 */
export class SimulatedDisk {
  readonly #world: World
  readonly #latency: number
  #names = new Map<string, Inode>()
  #durableNames = new Map<string, Inode>()
  #nameChanges: NameChange[] = []
  #life = 0
  #inodes = 0
  isFull = false
  /** How likely a sync fails. */
  failingSyncs = 0

  constructor(world: World, latency: number) {
    this.#world = world
    this.#latency = latency
  }

  paths(): string[] {
    return [...this.#names.keys()]
  }

  exists(path: string): boolean {
    return this.#names.has(path) || this.paths().some((name) => name.startsWith(`${path}/`))
  }

  content(path: string): Buffer {
    return this.#inode(path).data
  }

  stat(path: string): { readonly ino: number; readonly size: number; readonly mtimeMs: number } {
    const { number, data } = this.#inode(path)
    return { ino: number, size: data.length, mtimeMs: 0 }
  }

  /** The process ends: whatever it had asked for and was not done is never answered. */
  kill(): void {
    this.#life++
  }

  losePower(): void {
    this.kill()
    const { chance } = this.#world
    for (const { apply } of this.#nameChanges.slice(0, chance.between(0, this.#nameChanges.length + 1))) apply(this.#durableNames)
    this.#nameChanges = []
    this.#names = new Map(this.#durableNames)
    for (const inode of new Set(this.#names.values())) {
      const { durable, data } = inode
      const reached = Math.max(durable.length, chance.between(durable.length, data.length + 1))
      inode.data = data.length < durable.length ? durable : asOnDisk(inode).subarray(0, reached)
      inode.data.set(durable.subarray(0, Math.min(durable.length, inode.data.length)))
      inode.durable = inode.data
      inode.dropped.length = 0
    }
  }

  /** Does one thing after a while, in the order in which the world has it. */
  do<T>(what: string, path: string, act: () => T): Promise<T> {
    const life = this.#life
    return new Promise((resolve, reject) => {
      this.#world.after(this.#world.chance.number() * this.#latency, () => {
        if (life !== this.#life) return
        this.#world.note(what, [path.replace(/\.[0-9a-f]{12}-\d+\./, '.')])
        try {
          resolve(act())
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  create(path: string, flags: string): SimulatedFile {
    const held = this.#names.get(path)
    if (flags === 'r' || flags === 'r+') {
      if (!held && this.exists(path)) return new SimulatedFile(this, path, undefined)
      return new SimulatedFile(this, path, this.#inode(path))
    }
    if (held && flags.includes('x')) throw new DiskError('EEXIST', path)
    if (!held && this.isFull) throw new DiskError('ENOSPC', path)
    const inode = held ?? { number: this.#inodes++, data: Buffer.alloc(0), durable: Buffer.alloc(0), dropped: [] }
    if (flags.startsWith('w')) inode.data = Buffer.alloc(0)
    if (!held) this.#change(path, (names) => names.set(path, inode))
    return new SimulatedFile(this, path, inode)
  }

  rename(from: string, to: string): void {
    const inode = this.#inode(from)
    this.#change(to, (names) => {
      names.delete(from)
      names.set(to, inode)
    })
  }

  truncate(path: string, length: number): void {
    const inode = this.#inode(path)
    inode.data = inode.data.subarray(0, length)
  }

  remove(path: string): void {
    if (this.#names.has(path)) this.#change(path, (names) => names.delete(path))
  }

  syncNames(folder: string): void {
    for (const { apply } of this.#nameChanges.filter((change) => change.folder === folder)) apply(this.#durableNames)
    this.#nameChanges = this.#nameChanges.filter((change) => change.folder !== folder)
  }

  /** @returns how many bytes were written: fewer than there were, or none, on a disk that fills */
  append(inode: Inode, path: string, bytes: Uint8Array): number {
    if (this.isFull && this.#world.chance.happens(0.5)) throw new DiskError('ENOSPC', path)
    const whole = !this.isFull && !this.#world.chance.happens(0.1)
    const count = whole ? bytes.length : this.#world.chance.between(1, bytes.length + 1)
    inode.data = Buffer.concat([inode.data, bytes.subarray(0, count)])
    return count
  }

  sync(inode: Inode, path: string): void {
    if (this.#world.chance.happens(this.failingSyncs)) {
      if (inode.data.length > inode.durable.length) inode.dropped.push([inode.durable.length, inode.data.length])
      throw new DiskError('EIO', path)
    }
    inode.durable = asOnDisk(inode)
  }

  #change(path: string, apply: NameChange['apply']): void {
    apply(this.#names)
    this.#nameChanges.push({ folder: dirname(path), apply })
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path)
    if (!inode) throw new DiskError('ENOENT', path)
    return inode
  }
}

function asOnDisk({ data, dropped }: Inode): Buffer {
  const bytes = Buffer.from(data)
  for (const [from, to] of dropped) bytes.fill(0, from, to)
  return bytes
}

/** An open file, or a folder. */
export class SimulatedFile {
  readonly #disk: SimulatedDisk
  readonly #path: string
  readonly #inode: Inode | undefined

  constructor(disk: SimulatedDisk, path: string, inode: Inode | undefined) {
    this.#disk = disk
    this.#path = path
    this.#inode = inode
  }

  write(bytes: Uint8Array): Promise<{ bytesWritten: number }> {
    return this.#do('write', (inode) => ({ bytesWritten: this.#disk.append(inode, this.#path, bytes) }))
  }

  async writeFile(content: Uint8Array | string): Promise<void> {
    let rest = Buffer.from(content)
    while (rest.length > 0) rest = rest.subarray((await this.write(rest)).bytesWritten)
  }

  read(into: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }> {
    return this.#do('read', ({ data }) => ({ bytesRead: data.copy(into, offset, position, position + length) }))
  }

  stat(): Promise<{ size: number }> {
    return this.#do('stat', ({ data }) => ({ size: data.length }))
  }

  sync(): Promise<void> {
    if (this.#inode === undefined) return this.#disk.do('sync folder', this.#path, () => this.#disk.syncNames(this.#path))
    return this.#do('sync', (inode) => this.#disk.sync(inode, this.#path))
  }

  datasync(): Promise<void> {
    return this.sync()
  }

  close(): Promise<void> {
    return this.#disk.do('close', this.#path, () => {})
  }

  #do<T>(what: string, act: (inode: Inode) => T): Promise<T> {
    return this.#disk.do(what, this.#path, () => {
      if (!this.#inode) throw new DiskError('EISDIR', this.#path)
      return act(this.#inode)
    })
  }
}
