import { randomUUID } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { UnavailableError } from '../../errors.ts'
import { invariant } from '../../invariant.ts'
import { systemTimers, type Timers } from '../../timers.ts'
import type { CountBytes, ErasedSubject, ErasureOutcome } from '../erasure-outcome.ts'
import type { SlateLives } from '../expiry.ts'
import { BEGINNING } from '../log/id.ts'
import { SegmentIds } from '../log/segment-ids.ts'
import type { PersonalData } from '../personal-data.ts'
import type { RowBlock, SetView } from '../shared-sums.ts'
import { kindOf, type SharedKind, type SlotLayout } from '../slots.ts'
import type { KeptSlate, SetRead, StatePosition, StateStore, Swap, SwapOutcome } from '../store.ts'
import type { Subject } from '../subject.ts'
import { SAMPLED_USERS } from '../user-sample.ts'
import type { RedisConnection } from './connection.ts'
import { eraseFromRedis, type RedisErasureOptions } from './erasure.ts'
import type { FoldWorker } from './fold-worker.ts'
import { RedisKeptSlates } from './kept-slates.ts'
import type { RedisKeys } from './keys.ts'
import { RedisPersonalData } from './personal-data.ts'
import { countPoisoned } from './poisoned-entries.ts'
import { answered } from './redis-errors.ts'
import { CONFIRMS_EVENT_MS, IMPORT_PATIENCE_MS, ReplicatedWrites } from './replicated-writes.ts'
import { nonceOf } from './scripts/identity-score.ts'
import type { RedisCommands } from './scripts.ts'
import { SharedSumReads } from './shared-sum-reads.ts'
import { sortedSetPages } from './sorted-set-pages.ts'
import type { StoreIdentity } from './store-identity.ts'
import { swapCall, swapOutcome } from './swap-call.ts'
import { readKeptEvents, readSubjects } from './user-reads.ts'
import { type ValueReads, valueReads } from './value-reads.ts'

export interface RedisStoreOptions {
  readonly connection: RedisConnection
  readonly keys: RedisKeys
  readonly layout: SlotLayout
  readonly identity: StoreIdentity
  /** Time for which an event id stays known, in ms. */
  readonly lateness: number
  /** DEFAULT_SLATE_LIVES if absent. */
  readonly slateLives?: SlateLives
  /** Servers that must have a record before it is acknowledged: the master only, or also a replica. */
  readonly durability: 'memory' | 'replica'
  readonly worker: FoldWorker
  /** Folder of the archive, from which an erasure also removes entries. */
  readonly archive: string | undefined
  /** Makes the signal for followers of an erased user; none if absent. */
  readonly erasedSignal?: (userId: string) => string
  /**
   * Setting for replays. If true, a swap resolves when it is folded, and reads of shared sums wait for all swaps of this process.
   * Answers are then equal to those of the embedded store, at any speed of the fold.
   */
  readonly settles: boolean
  /** Timers; those of the system if absent. */
  readonly timers?: Timers
  /** Makes ids; random ones if absent. */
  readonly newId?: () => string
}

/** The store in Redis, a single server or a cluster: values and logs by partition, shared sums by shard. */
export class RedisStore implements StateStore {
  readonly name = 'redis'
  readonly personalData: PersonalData
  readonly #options: RedisStoreOptions
  readonly #commands: RedisCommands
  readonly #keys: RedisKeys
  /** Swaps that are not folded yet, where the store settles. */
  readonly #unsettled = new Set<Promise<unknown>>()
  /** By partition, the highest score of its full sample, as last seen: it only falls, so that a user above it need not be sent. */
  #sampleBound: number[] = []
  readonly #values: ValueReads
  readonly #sharedSums: SharedSumReads
  readonly #slates: RedisKeptSlates
  readonly #erasure: Omit<RedisErasureOptions, 'count'>
  readonly #writes: ReplicatedWrites | undefined

  constructor(options: RedisStoreOptions) {
    this.#options = options
    this.#commands = options.connection.commands
    this.#keys = options.keys
    this.#values = valueReads(this.#commands)
    this.#sharedSums = new SharedSumReads(this.#commands, this.#keys, options.layout, this.#values)
    this.#slates = new RedisKeptSlates(this.#commands, this.#keys, options.slateLives)
    const { connection, keys, archive, erasedSignal: signal, timers = systemTimers, newId = randomUUID } = options
    const settle = () => answered(options.worker.settleForGood())
    const connected: EventEmitter = options.connection.commands
    // A server that comes back may hold an older state, whose sample is less full.
    connected.on('close', () => this.forget())
    if (options.durability === 'replica') {
      const patience = options.settles ? { unconfirmed: IMPORT_PATIENCE_MS, alone: IMPORT_PATIENCE_MS } : {}
      this.#writes = new ReplicatedWrites(options.connection, CONFIRMS_EVENT_MS, patience)
    }
    const segmentIds = new SegmentIds()
    const archives = archive === undefined ? [] : [archive]
    this.personalData = new RedisPersonalData({ connection, keys, archives, segmentIds })
    this.#erasure = {
      ...{ connection, keys, archive, segmentIds, settle, signal, wall: Date.now, timers, newId },
      confirm: (partition) => this.#confirm(partition),
    }
  }

  readValues(subjects: readonly Subject[]): Promise<(Uint8Array | undefined)[]> {
    return readSubjects(this.#values, this.#keys, subjects)
  }

  async readIdentities(subject: Subject, hashes: readonly string[]): Promise<(number | undefined)[]> {
    if (hashes.length === 0) return []
    const keys = this.#keys
    const known = keys.identities(subject)
    const read = (commands: RedisCommands) => commands.zmscore(known, ...hashes.map((hash) => Buffer.from(hash, 'latin1')))
    const readOnReplica = (writes: ReplicatedWrites) =>
      this.#onReplica(
        writes,
        keys.log(keys.partition(subject.id)),
        async (master) => {
          // A write, as in a swap, for a WAIT to speak of.
          await master.pexpire(known, this.#options.lateness)
          return read(master)
        },
        (scores) => scores.some((score) => score !== null),
      )
    const scores = await answered(this.#writes ? readOnReplica(this.#writes) : read(this.#commands))
    return scores.map((score) => (score === null ? undefined : nonceOf(Number(score))))
  }

  async copyIdentities(from: string, into: string): Promise<void> {
    invariant(from !== into, 'IDENTITIES_OF_SAME_ID', 'the event ids of a user would be copied to the same user.')
    const keys = this.#keys
    const [source, target] = [from, into].map((id) => keys.identities({ kind: 'user', id }))
    await answered(copyMembers(this.#commands, source, target).then(() => this.#confirm(keys.partition(into))))
  }

  async swap(swap: Swap): Promise<SwapOutcome> {
    if (!this.#options.settles) return this.#swap(swap)
    const swapped = this.#swap(swap).finally(() => answered(this.settle()))
    this.#unsettled.add(swapped)
    return swapped.finally(() => this.#unsettled.delete(swapped))
  }

  async #swap(swap: Swap): Promise<SwapOutcome> {
    const { keys } = this.#options
    const partition = keys.partition(swap.subject.id)
    const logged = swap.entry()
    const { lateness, identity } = this.#options
    const sampleBound = this.#sampleBound[partition]
    const send = async (commands: RedisCommands) => {
      const call = swapCall({ keys, store: identity.id, lateness, sampleBound }, swap, logged)
      return swapOutcome(await commands.liverankSwapBuffer(...call))
    }
    const { namedSlates = [] } = swap
    const naming = namedSlates.length === 0 ? undefined : this.#slates.name(namedSlates)
    const outcome = await answered(
      this.#writes
        ? this.#onReplica(this.#writes, keys.log(partition), send, ({ status }) => status !== 'conflict' && status !== 'refused')
        : send(this.#commands),
    )
    await naming
    if (outcome.status === 'refused') throw await this.#refusedByStore()
    if (outcome.status !== 'committed') return outcome
    if (outcome.sampleBound !== undefined) this.#sampleBound[partition] = outcome.sampleBound
    this.#options.worker.wake()
    return { status: 'committed' }
  }

  /** Forgets what this process knew of the store, because it is another store or an older state. */
  forget(): void {
    this.#sampleBound = []
    this.#slates.forget()
  }

  async #refusedByStore(): Promise<UnavailableError> {
    const { identity } = this.#options
    await identity.suspect()
    return new UnavailableError(
      `${identity.problem ?? 'The store lost its data and is being set up again.'} Send the request again.`,
    )
  }

  /** Resolves when a replica has all that was written of a partition, where acknowledgements need one. */
  async #confirm(partition: number): Promise<void> {
    if (!this.#writes) return
    const send = (master: RedisCommands) => master.set(this.#keys.confirmation(partition), '1', 'PX', 1)
    await this.#onReplica(this.#writes, this.#keys.log(partition), send, () => true)
  }

  /** Where the reply acknowledges something, newly written or already there, a replica must have it. */
  async #onReplica<T>(
    writes: ReplicatedWrites,
    route: string,
    send: (commands: RedisCommands) => Promise<T>,
    acknowledges: (reply: T) => boolean,
  ): Promise<T> {
    const { reply, replication } = await writes.write(route, send)
    if (replication === 'replicated' || !acknowledges(reply)) return reply
    throw new UnavailableError(
      replication === 'alone'
        ? 'Done, but the Redis master has no replica now, and DURABILITY=replica requires one: send the same request again.'
        : `Done, but no replica of Redis confirmed the change within ${this.#options.settles ? IMPORT_PATIENCE_MS : CONFIRMS_EVENT_MS} ms: send the same request again.`,
    )
  }

  async readRows(kind: SharedKind, entities: readonly string[]): Promise<RowBlock> {
    await Promise.allSettled(this.#unsettled)
    return this.#sharedSums.rows(kind, entities)
  }

  async readSets(reads: readonly SetRead[]): Promise<SetView[]> {
    await Promise.allSettled(this.#unsettled)
    return this.#sharedSums.sets(reads)
  }

  async dropSums(entities: readonly string[]): Promise<void> {
    const { layout } = this.#options
    await answered(
      Promise.all(
        entities.map((entity) => {
          const sets = layout.timesIn(kindOf(entity)).sets.map(({ name }) => this.#keys.set(entity, name))
          return this.#commands.del(this.#keys.row(entity), ...sets)
        }),
      ),
    )
  }

  async dropValues(subjects: readonly Subject[]): Promise<void> {
    const keys = this.#keys
    for (const { kind } of subjects) invariant(kind !== 'user', 'USER_DROPPED', 'a user would go without an erasure.')
    await answered(
      Promise.all(
        subjects.flatMap((subject) => [
          this.#commands.del(keys.value(subject)),
          this.#commands.srem(keys.index(keys.partition(subject.id), subject.kind), subject.id),
        ]),
      ),
    )
  }

  async *listSubjects(kind: 'item' | 'list' | 'rules' | 'audit'): AsyncGenerator<{ id: string; value: Uint8Array }> {
    for (let partition = 0; partition < this.#keys.partitioning.partitions; partition++) {
      let cursor = '0'
      do {
        const [next, ids] = await answered(this.#commands.sscan(this.#keys.index(partition, kind), cursor, 'COUNT', 1000))
        cursor = next
        const values = await this.readValues(ids.map((id) => ({ kind, id })))
        for (let i = 0; i < ids.length; i++) {
          const value = values[i]
          if (value) yield { id: ids[i], value }
        }
      } while (cursor !== '0')
    }
  }

  readEvents(userId: string): Promise<string[]> {
    return readKeptEvents(this.#commands, this.#keys, userId)
  }

  /**
   * Returns a sample of all users. Each partition keeps as many users as the whole sample has, so that the lowest hashes of all
   * partitions are those of all users.
   */
  async sampleUsers(): Promise<readonly string[]> {
    const partitions = Array.from({ length: this.#keys.partitioning.partitions }, (_, partition) => this.#keys.sample(partition))
    const parts = await answered(
      Promise.all(partitions.map((key) => this.#commands.zrange(key, 0, SAMPLED_USERS - 1, 'WITHSCORES'))),
    )
    const users = parts.flatMap((flat) =>
      flat.flatMap((userId, i) => (i % 2 === 0 ? [{ userId, score: Number(flat[i + 1]) }] : [])),
    )
    users.sort((a, b) => a.score - b.score)
    return users.slice(0, SAMPLED_USERS).map(({ userId }) => userId)
  }

  readLife(userId: string): Promise<string> {
    const life = this.#values.read([this.#keys.life(userId)]).then(([held]) => (held ? Buffer.from(held).toString() : ''))
    life.catch(() => {})
    return life
  }

  async putSlate(kept: KeptSlate, life?: string): Promise<boolean> {
    const outcome = await this.#slates.put(kept, life, this.#options.identity.id)
    if (outcome === 'lost') throw await this.#refusedByStore()
    return outcome === 'kept'
  }

  async position(): Promise<StatePosition | undefined> {
    const { partitions, shards } = this.#keys.partitioning
    const marks = await answered(
      Promise.all(
        Array.from({ length: shards }, async (_, shard) => {
          const held = await this.#commands.hgetall(this.#keys.marks(shard))
          return Array.from({ length: partitions }, (_, partition) => held[partition] ?? BEGINNING)
        }),
      ),
    )
    return { marks }
  }

  async erase(persons: readonly (readonly ErasedSubject[])[], count: CountBytes = () => {}): Promise<readonly ErasureOutcome[]> {
    const { identity } = this.#options
    if (identity.problem !== undefined) throw new UnavailableError(identity.problem)
    return answered(eraseFromRedis(persons, { ...this.#erasure, count }))
  }

  getSlate(recommendationId: string): Promise<Uint8Array | undefined> {
    return this.#slates.get(recommendationId)
  }

  settle(): Promise<void> {
    return this.#options.worker.settle()
  }

  foldLag(): Promise<number> {
    return answered(this.#options.worker.lag())
  }

  poisonedEntries(): Promise<number> {
    return answered(countPoisoned(this.#options))
  }

  async ping(): Promise<void> {
    await answered(this.#commands.ping())
  }

  async close(): Promise<void> {
    await this.#options.worker.stop()
    this.#writes?.close()
    await this.#options.connection.close()
  }
}

/** Adds the members of one sorted set to another one, which then lasts at least as long. */
async function copyMembers(commands: RedisCommands, from: string, into: string): Promise<void> {
  const expiresIn = await commands.pttl(from)
  // It has expired.
  if (expiresIn <= 0) return
  for await (const page of sortedSetPages(commands, from)) {
    const scored: Buffer[] = []
    for (let i = 0; i < page.length; i += 2) scored.push(page[i + 1], page[i])
    await commands.liverankAddIdentities(into, expiresIn, ...scored)
  }
}
