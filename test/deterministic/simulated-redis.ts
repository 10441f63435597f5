import { crc32 } from 'node:zlib'
import { type Bytes, isWrite, needsMemory, RedisModel, type Reply } from './redis-model.ts'
import { type Guards, keysOf } from './script-models.ts'
import type { World } from './world.ts'

interface Write {
  readonly command: string
  readonly args: readonly Bytes[]
  /** ms by the clock of the master. */
  readonly at: number
  /** Of the server that did it. */
  readonly runId: string
}

/** `lost` is one that lives, and hears nothing from its master; `syncing` one that is being sent a whole copy. */
type ReplicaState = 'linked' | 'lost' | 'syncing'

interface Waiter {
  readonly offset: number
  readonly answer: (replicas: number) => void
}

/** A master, and the replica that follows it. */
export class SimulatedNode {
  readonly name: string
  /** Whether a key is in one of its slots. */
  readonly owns: (key: Bytes) => boolean
  isUp = true
  /** Out of memory: what would take more is refused. */
  isFull = false
  readonly #world: World
  readonly #guards: Guards
  readonly #publish: (channel: Bytes, message: Bytes) => void
  #model: RedisModel
  /** ms by which its clock is ahead. */
  #skew: number
  #writes: Write[] = []
  #replica: ReplicaState = 'linked'
  /** How many of the writes the replica has. */
  #replicated = 0
  #lastDelivery = 0
  /** Rises when what is on its way to the replica will not arrive. */
  #link = 0
  #waiters: Waiter[] = []

  constructor(name: string, redis: SimulatedRedis, world: World, guards: Guards) {
    this.name = name
    this.owns = (key) => redis.nodeOfKey(key) === this
    this.#publish = (channel, message) => {
      for (const hear of redis.subscribers) hear(channel, message)
    }
    this.#world = world
    this.#guards = guards
    this.#model = new RedisModel(guards)
    this.#model.onPublish = this.#publish
    this.restart()
    this.#skew = world.chance.between(-500, 500)
  }

  get model(): RedisModel {
    return this.#model
  }

  get offset(): number {
    return this.#writes.length
  }

  /** Whether there is a replica that could take over. */
  get isPromotable(): boolean {
    return this.#replica !== 'syncing'
  }

  /** @throws Error as Redis answers one */
  execute(command: string, args: readonly Bytes[]): Reply {
    if (command === 'role') return ['master', this.offset, this.#replica === 'linked' ? [['replica', '7000', '0']] : []]
    if (command === 'info') return this.#replica === 'lost' ? 'role:master' : 'role:master\r\nslave0:ip=replica'
    if (command === 'cluster') return args[0] === 'MYID' ? this.name : `${this.name}-replica replica:7000 slave ${this.name} 0`
    if (this.isFull && needsMemory(command)) {
      throw new Error("OOM command not allowed when used memory > 'maxmemory'.")
    }
    const at = this.#world.now + this.#skew
    if (isWrite(command)) {
      this.#writes.push({ command, args, at, runId: this.#model.runId })
      if (this.#replica === 'linked') this.#replicate()
    }
    return this.#model.execute(command, args, at)
  }

  /** WAIT: answers when the replica has so many writes, or says after a time how many replicas have. */
  whenReplicated(offset: number, timeoutMs: number, answer: (replicas: number) => void): void {
    const has = () => this.#replica === 'linked' && this.#replicated >= offset
    if (has() || !this.#guards.replica) {
      answer(1)
      return
    }
    const waiter = { offset, answer }
    this.#waiters.push(waiter)
    this.#world.after(timeoutMs, () => {
      if (!this.#waiters.includes(waiter)) return
      this.#waiters = this.#waiters.filter((each) => each !== waiter)
      answer(0)
    })
  }

  /** The replica hears nothing for a while. */
  unlink(ms: number): void {
    if (this.#replica !== 'linked') return
    this.#replica = 'lost'
    this.#link++
    const link = this.#link
    this.#world.after(ms, () => {
      if (link === this.#link) this.#synced()
    })
  }

  /** The replica takes over, with what it has and a clock of its own; the old master becomes its replica after a time. */
  failOver(syncMs: number): void {
    this.#writes.length = Math.min(this.#writes.length, this.#replicated)
    this.#rebuild()
    this.#skew = this.#world.chance.between(-500, 500)
    this.#replica = 'syncing'
    this.#waiters = []
    this.#link++
    const link = this.#link
    this.#world.after(syncMs, () => {
      if (link === this.#link) this.#synced()
    })
  }

  /** It is another process from now on, which has loaded all that the one before held. */
  restart(): void {
    this.#model.runId = `run${this.#world.unique()}`
  }

  /** What the writes so far make, on another server. */
  #rebuild(): void {
    this.#model = new RedisModel(this.#guards)
    for (const { command, args, at, runId } of this.#writes) {
      this.#model.runId = runId
      this.#model.execute(command, args, at)
    }
    this.#model.onPublish = this.#publish
    this.restart()
  }

  /** Its clock is set, by this many ms. */
  stepClock(ms: number): void {
    this.#skew += ms
  }

  /** It comes back with what it held after a share of all writes so far, 0 for nothing, and so does its replica. */
  comeBack(share: number): void {
    this.#writes.length = Math.floor(this.#writes.length * share)
    this.#rebuild()
    this.#replicated = this.#writes.length
    this.#waiters = []
    this.#link++
    this.#replica = 'linked'
  }

  #synced(): void {
    this.#replica = 'linked'
    this.#world.note(`${this.name} has a replica again`)
    this.#delivered(this.#writes.length)
  }

  #replicate(): void {
    const offset = this.#writes.length
    const link = this.#link
    const { chance, now } = this.#world
    const delay = chance.happens(0.05) ? chance.number() * 300 : chance.number() * 2
    this.#lastDelivery = Math.max(this.#lastDelivery, now + delay)
    this.#world.at(this.#lastDelivery, () => {
      if (link === this.#link) this.#delivered(offset)
    })
  }

  #delivered(offset: number): void {
    this.#replicated = offset
    const served = this.#waiters.filter((waiter) => waiter.offset <= offset)
    this.#waiters = this.#waiters.filter((waiter) => waiter.offset > offset)
    for (const { answer } of served) answer(1)
  }
}

/** One server, or the masters of a cluster: each key belongs to one, by its hash tag. */
export class SimulatedRedis {
  readonly nodes: readonly SimulatedNode[]
  /** Who hears what is published on any of them. */
  readonly subscribers = new Set<(channel: Bytes, message: Bytes) => void>()

  readonly #world: World

  constructor(count: number, world: World, guards: Guards) {
    this.#world = world
    this.nodes = Array.from({ length: count }, (_, i) => new SimulatedNode(`redis${i}`, this, world, guards))
  }

  /** Where a command goes. @throws Error when its keys have more than one slot */
  nodeOf(command: string, args: readonly Bytes[]): SimulatedNode {
    const tags = new Set(keysOf(command, args).map(hashTag))
    if (tags.size > 1) {
      const error = new Error(`CROSSSLOT Keys in request don't hash to the same slot: ${command} ${[...tags].join(' ')}`)
      this.#world.defects.push(error)
      throw error
    }
    const [tag = ''] = tags
    return this.nodes[crc32(tag) % this.nodes.length]
  }

  nodeOfKey(key: Bytes): SimulatedNode {
    return this.nodes[crc32(hashTag(key)) % this.nodes.length]
  }
}

function hashTag(key: Bytes): string {
  return /\{([^}]+)\}/.exec(key)?.[1] ?? key
}
