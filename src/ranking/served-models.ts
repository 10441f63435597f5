import type { ModelContract } from './model-contract.ts'
import type { ModelSource } from './model-files.ts'
import { register } from './model-lifecycle.ts'
import type { Ranker } from './model-ranker.ts'
import { isActive, type ModelOnRecord, type ModelsOnRecord, NO_MODELS, trafficOf } from './model-record.ts'
import { type Share, shareOf } from './traffic-split.ts'

/** A model in memory that was read from its folder, and checked against its contract. */
export interface LoadedRanker extends Ranker {
  readonly contract: ModelContract
  /** Size of the model file, in bytes. */
  readonly fileBytes: number
  /** Frees its memory after all running calls of `score`. */
  release(): Promise<void>
}

export interface ServedModelsParts {
  readonly load: (model: ModelSource) => Promise<LoadedRanker>
  /** Called if a recorded model cannot be loaded; once per problem of an active model. */
  readonly onProblem: (message: string, error: unknown) => void
}

/**
 * The models that this process serves. It follows the record of models: it loads the needed models first, applies all changes at
 * once, and frees unneeded models after their last score. If an active model cannot be loaded, the served models stay unchanged.
 */
export class ServedModels {
  readonly #parts: ServedModelsParts
  readonly #loaded = new Map<string, LoadedRanker>()
  readonly #listeners = new Set<() => void>()
  readonly #releases = new Set<Promise<void>>()
  #record: ModelsOnRecord = NO_MODELS
  #followed = -1
  /** Whether models rank all slates of which no experiment or caller decides otherwise. */
  rankForAll = false
  /** By model; undefined is ranking without one. */
  #shares: readonly Share<LoadedRanker | undefined>[] = [{ name: '', traffic: 1, of: undefined }]
  #shadows: readonly LoadedRanker[] = []
  #problem: string | undefined
  #following: Promise<void> = Promise.resolve()

  constructor(parts: ServedModelsParts) {
    this.#parts = parts
  }

  /** Latest record that this process knows. */
  get record(): ModelsOnRecord {
    return this.#record
  }

  /** Reason why the served models differ from the record; undefined if they do not. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Returns the active or shadow model of a name; undefined if this process does not use it. */
  loaded(name: string): LoadedRanker | undefined {
    const rankers = [...this.#shares.flatMap(({ of }) => of ?? []), ...this.#shadows]
    return rankers.find((ranker) => ranker.name === name)
  }

  /** Size of the files of all loaded models, in bytes. */
  get fileBytes(): number {
    return [...this.#loaded.values()].reduce((sum, { fileBytes }) => sum + fileBytes, 0)
  }

  /** Active models: those that rank slates. */
  get active(): readonly Ranker[] {
    return this.#shares.flatMap(({ of }) => of ?? [])
  }

  /** Shadow models: those that score served slates and are not shown. */
  get shadows(): readonly Ranker[] {
    return this.#shadows
  }

  /**
   * Returns the model that ranks for a user: the named model if it is active, else by the traffic split. undefined means ranking
   * without a model. Call it right before scoring: the model may be freed later.
   */
  rankerFor(userId: string, model?: string): Ranker | undefined {
    const named = model === undefined ? undefined : this.#shares.find(({ of }) => of?.name === model)
    return named ? named.of : shareOf(userId, this.#shares)
  }

  /** Calls `callback` at each change of the models that rank. @returns function that ends the subscription */
  onChange(callback: () => void): () => void {
    this.#listeners.add(callback)
    return () => this.#listeners.delete(callback)
  }

  /**
   * Serves one model to all users until the record names other models. Used if the record is empty or cannot be served.
   * @throws NotFoundError or ModelContractError if the model cannot be loaded
   */
  async begin(name: string): Promise<void> {
    const ranker = await this.#parts.load({ name })
    await this.#following
    if (this.#followed >= 0) return ranker.release()
    if (this.#record.revision === 0) this.#record = recordOf(name, ranker)
    this.#loaded.set(keyOf({ name, registeredIn: 0 }), ranker)
    this.#share([{ name, traffic: 1, of: ranker }])
  }

  /**
   * Drops the record because the store has none any more. Serves the named model to all users, or the rule if the name is empty.
   * @throws NotFoundError or ModelContractError if the model cannot be loaded; the served models then stay unchanged
   */
  async startOver(name: string): Promise<void> {
    const ranker =
      name === '' ? undefined : (this.#loaded.get(keyOf({ name, registeredIn: 0 })) ?? (await this.#parts.load({ name })))
    await this.#following
    this.#record = ranker ? recordOf(name, ranker) : NO_MODELS
    this.#followed = -1
    this.#share([{ name, traffic: 1, of: ranker }])
    this.#shadows = []
    this.#problem = undefined
    this.#keep(new Map(ranker ? [[keyOf({ name, registeredIn: 0 }), ranker]] : []))
    for (const callback of this.#listeners) callback()
  }

  /**
   * Applies a record. Resolves when it is served, or when it turns out that it cannot be. Ignores records that are older than the
   * known one.
   */
  follow(record: ModelsOnRecord): Promise<void> {
    this.#following = this.#following.then(() => this.#follow(record))
    return this.#following
  }

  /** Frees all models. Do not score afterwards. */
  async close(): Promise<void> {
    await this.#following
    this.#keep(new Map())
    await Promise.all(this.#releases)
  }

  async #follow(record: ModelsOnRecord): Promise<void> {
    if (record.revision < this.#record.revision || record.revision === this.#followed) return
    this.#record = record
    const traffic = trafficOf(record)
    const needed = new Map<string, LoadedRanker>()
    const active: Share<LoadedRanker | undefined>[] = []
    const shadows: LoadedRanker[] = []
    for (const model of record.models) {
      const isShadow = model.standing.status === 'SHADOW'
      if (!isActive(model) && !isShadow) continue
      try {
        const ranker = await this.#ranker(model)
        needed.set(keyOf(model), ranker)
        if (isShadow) shadows.push(ranker)
        else active.push({ name: model.name, traffic: traffic.get(model.name) ?? 0, of: ranker })
      } catch (error) {
        this.#fail(model, error)
        if (isShadow) continue
        // What is served stays whole: shares of a part of the models would not add up.
        for (const [key, ranker] of needed) if (!this.#loaded.has(key)) this.#release(ranker)
        return
      }
    }
    const ofTheRule = 1 - active.reduce((sum, share) => sum + share.traffic, 0)
    if (ofTheRule > 1e-9) active.push({ name: '', traffic: ofTheRule, of: undefined })
    const isOther = !sameShares(this.#shares, active)
    this.#share(active)
    this.#shadows = shadows
    this.#problem = undefined
    this.#followed = record.revision
    this.#keep(needed)
    if (isOther) for (const callback of this.#listeners) callback()
  }

  #share(shares: readonly Share<LoadedRanker | undefined>[]): void {
    this.#shares = shares
    this.rankForAll = shares.every(({ of }) => of !== undefined)
  }

  async #ranker(model: ModelOnRecord): Promise<LoadedRanker> {
    return this.#loaded.get(keyOf(model)) ?? this.#parts.load(model)
  }

  #fail({ name, standing }: ModelOnRecord, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    const message =
      standing.status === 'SHADOW'
        ? `This process cannot compare the model ${name} in shadow. ${reason}`
        : `The model ${name} is active, but this process cannot serve it and keeps its former models. ${reason}`
    if (standing.status === 'ACTIVE') {
      if (message !== this.#problem) this.#parts.onProblem(message, error)
      this.#problem = message
    } else this.#parts.onProblem(message, error)
  }

  #keep(needed: ReadonlyMap<string, LoadedRanker>): void {
    for (const [key, ranker] of this.#loaded) {
      if (needed.has(key)) continue
      this.#loaded.delete(key)
      this.#release(ranker)
    }
    for (const [key, ranker] of needed) this.#loaded.set(key, ranker)
  }

  #release(ranker: LoadedRanker): void {
    const release = ranker.release().finally(() => this.#releases.delete(release))
    this.#releases.add(release)
  }
}

/** The record of a store that has none: the model of the settings alone. */
function recordOf(name: string, { contract }: LoadedRanker): ModelsOnRecord {
  const { models, ...rest } = register(NO_MODELS, name, contract)
  const standing = { status: 'ACTIVE' as const, share: null, since: 0 }
  return { ...rest, revision: 0, models: models.map((model) => ({ ...model, standing, registeredIn: 0 })) }
}

/** One reading of a folder. */
function keyOf({ name, registeredIn }: Pick<ModelOnRecord, 'name' | 'registeredIn'>): string {
  return `${name}@${registeredIn}`
}

function sameShares(a: readonly Share<unknown>[], b: readonly Share<unknown>[]): boolean {
  return a.length === b.length && a.every(({ of, traffic }, i) => of === b[i].of && Math.abs(traffic - b[i].traffic) < 1e-9)
}
