import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { forgetExpired } from '../accumulators/expiry.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import { findSession } from '../accumulators/session.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import type { Randomness } from '../random.ts'
import type { Ranker } from '../ranking/ranker.ts'
import type { Catalogue } from '../state/catalogue.ts'
import { partitionOf } from '../state/partition.ts'
import type { StateStore } from '../state/store.ts'
import { UserValue } from '../state/user-value.ts'
import { readFeatureInput } from './features.ts'
import { type Gathered, gather } from './gather.ts'
import { order, rank } from './rank.ts'
import type { Shadows } from './shadows.ts'
import type { Recommendation, Slate, SlateRequest, SlateTrigger } from './slate.ts'

export interface RecommenderParts {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly catalogue: Catalogue
  readonly clock: Clock
  readonly random: Randomness
  readonly partitions: number
  /** The model that ranks for a user now; undefined leaves it to a rule. */
  readonly ranker: (userId: string) => Ranker | undefined
  /** Why that is not the model that it should be, if so. */
  readonly modelProblem?: () => string | undefined
  /** Models that are compared with what is served. */
  readonly shadows?: Shadows
  /** Told when a model failed and the rule stood in. */
  readonly onFallback: (error: Error) => void
}

/** Candidates of one moment, and the state of that moment from which their features are read. */
export interface CandidateSet {
  /** The user: of an id that became another's, that user. */
  readonly userId: string
  readonly gathered: Gathered
  /** Its rows are the gathered items. */
  readonly input: FeatureInput
}

/** Candidates in the order of the model, or of the rule where none ranks. */
export interface Ranking extends CandidateSet {
  /** Of each gathered item. */
  readonly scores: ArrayLike<number>
  /** Rows of all gathered items, best first. */
  readonly rows: readonly number[]
  /** The first of them as they would be served, filled up from the catalogue where there are too few. */
  readonly items: readonly Recommendation[]
  /** Name of the model; undefined where a rule ranked. */
  readonly model: string | undefined
}

/** candidates ▸ rules ▸ features ▸ rank ▸ explain, on the state of one moment. */
export class Recommender {
  readonly #parts: RecommenderParts

  constructor(parts: RecommenderParts) {
    this.#parts = parts
  }

  /**
   * The user as they stand at `now`: of an id that became another's, that user; a newcomer where nothing is known, what was known has
   * expired, or they have opted out.
   */
  async readUser(userId: string, now: number): Promise<UserValue> {
    return (await this.#whoIs(userId, now)).user
  }

  /** @param met ids on the way here: of two merges at once there may be a circle for a moment, in which each is whose it was */
  async #whoIs(userId: string, now: number, met: readonly string[] = []): Promise<{ userId: string; user: UserValue }> {
    const { store, accumulators, domain } = this.#parts
    const [bytes] = await store.readValues([{ kind: 'user', id: userId }])
    const user = accumulators.codec.decode(bytes)
    if (user.mergedInto !== '' && !met.includes(userId)) return this.#whoIs(user.mergedInto, now, [...met, userId])
    forgetExpired(user, now, domain.expiry)
    return { userId, user: user.optedOut ? newcomer(user) : user }
  }

  /**
   * All candidates of a request with what features are read from, at this moment; nothing is ranked, kept or logged.
   * @param also items to be taken in although no source need bring them, such as those that a log says were shown
   * @throws UnavailableError when the store does not answer
   */
  async candidates(request: SlateRequest, also: readonly string[] = []): Promise<CandidateSet> {
    const { store, domain, accumulators, catalogue, clock } = this.#parts
    const now = clock.now()
    const { userId, user } = await this.#whoIs(request.userId, now)
    const session = findSession(user, request.sessionId, now, domain.expiry.session)
    const { surface, device, anchorItemId } = request
    const keep = this.#keep(request)
    const candidateRequest = { now, userId, user, session, surface, anchorItemId }
    const gathered = await gather(domain.sources, candidateRequest, store, accumulators.layout, domain.expiry, keep, also)
    const featureRequest = { now, user, session, itemIds: gathered.itemIds, sources: gathered.standings }
    const input = await readFeatureInput(
      { ...featureRequest, ...(surface !== undefined && { surface }), ...(device !== undefined && { device }) },
      store,
      accumulators,
      domain,
      catalogue,
    )
    return { userId, gathered, input }
  }

  /** The candidates of a request in the order of the model; nothing is kept or logged. @throws UnavailableError when the store does not answer */
  async rank(request: SlateRequest): Promise<Ranking> {
    const candidates = await this.candidates(request)
    const { scores, model } = await this.#rank(candidates)
    return { ...candidates, ...this.#show(request, candidates, scores), scores, model }
  }

  /** What these scores make of the candidates. */
  #show(request: SlateRequest, { gathered }: CandidateSet, scores: ArrayLike<number>): Pick<Ranking, 'rows' | 'items'> {
    const rows = order(gathered.itemIds, scores)
    const items = rows.slice(0, request.first).map((row, at) => recommendation(gathered, row, at + 1, scores[row]))
    return { rows, items: this.#topUp(items, request.first, this.#keep(request)) }
  }

  /** A slate that is kept for a day under its id. @throws UnavailableError when the store does not answer */
  async recommend(request: SlateRequest, trigger: SlateTrigger): Promise<Slate> {
    const { store, clock, random, partitions, modelProblem, shadows } = this.#parts
    const started = performance.now()
    const ranking = await this.rank(request)
    const { input, items, model } = ranking
    const problem = modelProblem?.()
    const { now, user } = input
    const slate: Slate = {
      recommendationId: `${partitionOf(request.userId, partitions).toString(16).padStart(2, '0')}-${random.id()}`,
      userId: request.userId,
      surface: request.surface,
      device: request.device,
      version: user.version,
      trigger,
      latestEventId: user.latestEventId === '' ? undefined : user.latestEventId,
      generatedAt: now,
      items,
      model,
      fallback: model === undefined,
      warnings: [
        ...(items.length < request.first
          ? [
              {
                code: 'TOO_FEW_ITEMS',
                message: `${items.length} of ${request.first} items: no more are available under these rules.`,
              },
            ]
          : []),
        ...(problem === undefined ? [] : [{ code: 'MODEL_NOT_LOADED', message: problem }]),
      ],
      tookMs: performance.now() - started,
    }
    // Nothing more is recorded about someone who has opted out.
    if (user.optedOut) return slate
    await store.putSlate({
      kind: 'slate',
      recommendationId: slate.recommendationId,
      userId: slate.userId,
      at: clock.wall(),
      slate,
    })
    shadows?.compare(ranking, (scores) => this.#show(request, ranking, scores).items)
    return slate
  }

  #keep({ rules, anchorItemId }: SlateRequest): (itemId: string) => boolean {
    const { catalogue } = this.#parts
    const excluded = new Set(rules.exclude)
    if (anchorItemId !== undefined) excluded.add(anchorItemId)
    return (itemId) => catalogue.recommendable(itemId) && !excluded.has(itemId)
  }

  async #rank({ userId, input }: CandidateSet): ReturnType<typeof rank> {
    const { ranker, accumulators, onFallback } = this.#parts
    try {
      return await rank(input, ranker(userId), accumulators)
    } catch (error) {
      onFallback(error as Error)
      return rank(input, undefined, accumulators)
    }
  }

  /** Where the sources bring too little, the newest items of the catalogue: an answer is not shorter than it must be. */
  #topUp(items: Recommendation[], first: number, keep: (itemId: string) => boolean): Recommendation[] {
    if (items.length >= first) return items
    const present = new Set(items.map(({ itemId }) => itemId))
    const filled = [...items]
    for (const itemId of this.#parts.catalogue.newest()) {
      if (filled.length >= first) break
      if (present.has(itemId) || !keep(itemId)) continue
      filled.push({
        itemId,
        position: filled.length + 1,
        score: 0,
        sources: [{ name: 'newest', score: undefined }],
        reason: { code: 'NEW' },
        exploration: false,
        propensity: 1,
      })
    }
    return filled
  }
}

/** Someone who has opted out, as recommendations and analysts see them: their version, which must not fall, and nothing else. */
function newcomer({ version }: UserValue): UserValue {
  const user = new UserValue()
  user.version = version
  user.optedOut = true
  return user
}

function recommendation({ itemIds, standings, reasons }: Gathered, row: number, position: number, score: number): Recommendation {
  const sources = [...standings]
    .filter(([, { ranks }]) => !Number.isNaN(ranks[row]))
    .map(([name, { scores }]) => ({ name, score: scores[row] }))
  return { itemId: itemIds[row], position, score, sources, reason: reasons[row], exploration: false, propensity: 1 }
}
