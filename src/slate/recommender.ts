import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { findSession } from '../accumulators/session.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import type { Policy } from '../domain/policy.ts'
import { UnavailableError } from '../errors.ts'
import type { Randomness } from '../random.ts'
import type { Ranker } from '../ranking/ranker.ts'
import { type CompiledRules, compileRules } from '../rules/compiled-rules.ts'
import type { Rules } from '../rules/rules.ts'
import type { StandingRules } from '../rules/standing-rules.ts'
import type { Catalogue } from '../state/catalogue.ts'
import { partitionOf } from '../state/partition.ts'
import type { StatePosition, StateStore } from '../state/store.ts'
import type { UserValue } from '../state/user-value.ts'
import { type Arranged, arrangeUnderRules } from './arrange-under-rules.ts'
import type { CandidateSet, RuledCandidates } from './candidate-set.ts'
import { isSamePosition, isSampled, loggedDecision } from './decision-log.ts'
import { readFeatureInput } from './features.ts'
import { gather } from './gather.ts'
import { readKnownUser } from './known-user.ts'
import { loggedRequest } from './logged-request.ts'
import { policyOf } from './policy-of.ts'
import { type Ranked, rank } from './rank.ts'
import { RulesInForce } from './rules-in-force.ts'
import { packVectors, vectorsOf } from './seen-vectors.ts'
import type { Shadows } from './shadows.ts'
import type { Slate, SlateRequest, SlateTrigger } from './slate.ts'

export interface RecommenderParts {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly catalogue: Catalogue
  readonly standingRules: StandingRules
  readonly clock: Clock
  readonly random: Randomness
  readonly partitions: number
  /** The model that ranks for a user now, the named one if it is there; undefined leaves it to a rule. */
  readonly ranker: (userId: string, model: string | undefined) => Ranker | undefined
  /** Why that is not the model that it should be, if so. */
  readonly modelProblem?: () => string | undefined
  /** Models that are compared with what is served. */
  readonly shadows?: Shadows
  /** Share of the slates of which the vectors are logged, 0 to 1; none if absent. */
  readonly vectorShare?: number
  /** Told of each slate how long it took, in ms. */
  readonly onServed?: (tookMs: number) => void
  /** Told when a model failed and the rule stood in. */
  readonly onFallback: (error: Error) => void
}

/** Candidates in the order of the model, or of the rule where none ranks. */
export interface Ranking extends CandidateSet, Ranked, Arranged {}

/** Who asks, and under which rules. */
interface Asker {
  readonly now: number
  readonly userId: string
  readonly user: UserValue
  readonly policy: Policy
  readonly rules: CompiledRules
}

const NOT_KEPT = {
  code: 'NOT_KEPT',
  message: 'The store does not take slates now, so that events cannot be attributed to this one.',
}

/** How often the candidates of a sampled slate are read, while what they are read from moves on. */
const STEADY_ATTEMPTS = 4

interface ForSlate {
  readonly ranking: Ranking
  /** What other scores would come to. */
  readonly arrange: (scores: ArrayLike<number>) => Promise<Arranged>
  /** Where the state stood that it was made from, if that was asked for and was one state. */
  readonly position: StatePosition | undefined
}

/** Why a policy's users do not get its model, if so. */
function absentModel({ name, model }: Policy, served: string | undefined): string | undefined {
  if (model === undefined || model === null || model === served) return undefined
  return `The policy ${name} ranks by the model ${model}, which is not active: activate it, with a traffic of 0 if nobody else is to get it.`
}

/** candidates ▸ rules ▸ features ▸ rank ▸ explain, on the state of one moment. */
export class Recommender {
  readonly #parts: RecommenderParts

  constructor(parts: RecommenderParts) {
    this.#parts = parts
  }

  /**
   * All candidates of a request with what features are read from, at this moment; nothing is ranked, kept or logged.
   * @param also items to be taken in although no source need bring them, such as those that a log says were shown
   * @param only the items that are admitted, whatever the rules say now, such as those that a log says were admitted then
   * @throws UnavailableError when the store does not answer
   */
  async candidates(request: SlateRequest, also: readonly string[] = [], only?: ReadonlySet<string>): Promise<CandidateSet> {
    return this.#candidates(request, await this.#asker(request), () => also, only)
  }

  async #asker(request: SlateRequest): Promise<Asker> {
    const { domain, clock } = this.#parts
    const now = clock.now()
    const { userId, user } = await readKnownUser(this.#parts, request.userId, now)
    const policy = policyOf(userId, domain.experiment)
    return { now, userId, user, policy, rules: compileRules(this.#rulesOf(request, policy)) }
  }

  async #candidates(
    request: SlateRequest,
    { now, userId, user, policy, rules }: Asker,
    also: (inForce: RulesInForce) => readonly string[],
    only?: ReadonlySet<string>,
  ): Promise<RuledCandidates> {
    const { store, domain, accumulators, catalogue } = this.#parts
    const session = findSession(user, request.sessionId, now, domain.expiry.session)
    const { surface, device, anchorItemId } = request
    const rulesInForce = () => new RulesInForce(rules, catalogue, { user, now, knownFor: domain.expiry.pair, anchorItemId })
    const inForce = rulesInForce()
    const keep = (itemId: string) => (only ? only.has(itemId) : inForce.admitsId(itemId))
    const candidateRequest = { now, userId, user, session, surface, anchorItemId }
    const gathered = await gather(
      policy.sources ? domain.sources.filter(({ name }) => policy.sources!.includes(name)) : domain.sources,
      candidateRequest,
      store,
      accumulators.layout,
      domain.expiry,
      keep,
      also(inForce),
    )
    const featureRequest = { now, user, session, itemIds: gathered.itemIds, sources: gathered.standings }
    const input = await readFeatureInput(
      { ...featureRequest, ...(surface !== undefined && { surface }), ...(device !== undefined && { device }) },
      store,
      accumulators,
      domain,
      catalogue,
    )
    return { userId, policy, gathered, input, rulesInForce }
  }

  /** The candidates of a request in the order of the model; nothing is kept or logged. @throws UnavailableError when the store does not answer */
  async rank(request: SlateRequest): Promise<Ranking> {
    return (await this.#ranked(request)).ranking
  }

  /** @param isSteady whether all that is read must be of one state, whose position is wanted */
  async #ranked(request: SlateRequest, isSteady = false): Promise<ForSlate> {
    const read = async () => {
      const asker = await this.#asker(request)
      const { rules } = asker
      const pinned = rules.pins.filter(({ position }) => position <= request.first).map(({ itemId }) => itemId)
      const also = (inForce: RulesInForce) => pinned.filter((itemId) => inForce.admitsId(itemId))
      return { rules, set: await this.#candidates(request, asker, also) }
    }
    const { found, position } = isSteady ? await this.#steadily(read) : { found: await read(), position: undefined }
    const { rules, set } = found
    const ranked = await this.#rank(set)
    const arrange = (others: ArrayLike<number>) => arrangeUnderRules(request.first, rules, set, others, this.#parts)
    const { userId, policy, gathered, input } = set
    return { ranking: { userId, policy, gathered, input, ...ranked, ...(await arrange(ranked.scores)) }, arrange, position }
  }

  /** Reads again, a few times, while what is read moves on; in the end without a position. */
  async #steadily<T>(read: () => Promise<T>): Promise<{ found: T; position: StatePosition | undefined }> {
    const { store } = this.#parts
    let before = await store.position()
    for (let attempt = 1; ; attempt++) {
      const found = await read()
      const after = before && (await store.position())
      if (!before || !after) return { found, position: undefined }
      if (isSamePosition(before, after)) return { found, position: before }
      if (attempt === STEADY_ATTEMPTS) return { found, position: undefined }
      before = after
    }
  }

  /** A slate that is kept for a day under its id, if it is no preview. @throws UnavailableError when the store does not answer */
  async recommend(request: SlateRequest, trigger: SlateTrigger): Promise<Slate> {
    const started = performance.now()
    const slate = await this.#recommend(request, trigger)
    this.#parts.onServed?.(performance.now() - started)
    return slate
  }

  async #recommend(request: SlateRequest, trigger: SlateTrigger): Promise<Slate> {
    const { store, clock, random, partitions, modelProblem, shadows, accumulators, catalogue, vectorShare = 0 } = this.#parts
    const started = performance.now()
    const recommendationId = `${partitionOf(request.userId, partitions).toString(16).padStart(2, '0')}-${random.id()}`
    const isOfSample = !request.preview && isSampled(recommendationId, vectorShare)
    const { ranking, arrange, position } = await this.#ranked(request, isOfSample)
    const { policy, input, items, model, seen, warnings } = ranking
    const problem = modelProblem?.() ?? absentModel(policy, model)
    const { now, user } = input
    const slate: Slate = {
      recommendationId,
      userId: request.userId,
      surface: request.surface,
      device: request.device,
      policy: policy.name,
      version: user.version,
      trigger,
      latestEventId: user.latestEventId === '' ? undefined : user.latestEventId,
      generatedAt: now,
      items,
      model,
      vectors: seen && vectorsOf(items, input.itemIds, seen),
      fallback: model === undefined,
      warnings: problem === undefined ? warnings : [...warnings, { code: 'MODEL_NOT_LOADED', message: problem }],
      tookMs: performance.now() - started,
    }
    // Nothing more is recorded about someone who has opted out.
    if (user.optedOut || request.preview) return slate
    try {
      await store.putSlate({
        kind: 'slate',
        recommendationId: slate.recommendationId,
        userId: slate.userId,
        at: clock.wall(),
        slate: { ...slate, vectors: slate.vectors && packVectors(slate.vectors) },
        request: loggedRequest(request),
        ...(position && { decision: { ...loggedDecision(ranking, accumulators, catalogue), position } }),
      })
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      return { ...slate, warnings: [...slate.warnings, NOT_KEPT] }
    }
    shadows?.compare(ranking, async (scores) => (await arrange(scores)).items)
    return slate
  }

  #rulesOf({ rules, surface, preview }: SlateRequest, policy: Policy): Rules {
    if (preview && rules) return rules
    return this.#parts.standingRules.under({ ...policy.rules, ...rules }, surface)
  }

  async #rank({ userId, policy, input }: CandidateSet): ReturnType<typeof rank> {
    const { ranker, accumulators, onFallback } = this.#parts
    try {
      return await rank(input, policy.model === null ? undefined : ranker(userId, policy.model), accumulators)
    } catch (error) {
      onFallback(error as Error)
      return rank(input, undefined, accumulators)
    }
  }
}
