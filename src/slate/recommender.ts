import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { dismissedItems, removeTraces } from '../accumulators/dismissed-items.ts'
import { declaredSurface } from '../accumulators/list-choices.ts'
import { findSession } from '../accumulators/session.ts'
import { LittleKnownItems } from '../candidates/little-known-items.ts'
import type { ServedNeighbourLists } from '../candidates/offline.ts'
import type { SourceHealth } from '../candidates/source-health.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import { type Domain, isHistory, seenOn, sourcesOn, usableAttributes } from '../domain/domain.ts'
import { assignedPolicy, HOLD_OUT, type Policy, type SurfaceExploration } from '../domain/experiment.ts'
import { MergedIdError, UnavailableError } from '../errors.ts'
import { hashedChance, type Randomness } from '../random.ts'
import type { Ranker } from '../ranking/model-ranker.ts'
import { compileRules, type UsualRules } from '../rules/compiled-rules.ts'
import { decided } from '../rules/filter-verdicts.ts'
import type { Rules } from '../rules/rules.ts'
import type { StandingRules } from '../rules/standing-rules.ts'
import { partitionOf } from '../state/partition.ts'
import type { StateStore } from '../state/store.ts'
import { systemTimers, type Timers } from '../timers.ts'
import {
  type Arranged,
  arrangeUnderRules,
  BY_MODEL,
  type HowRanked,
  orderUnderRules,
  placePins,
  type UnderRules,
  WITHOUT_MODEL,
} from './arrange-under-rules.ts'
import type { CandidateSet, RuledCandidates } from './candidates-to-rank.ts'
import { isSampled, loggedDecision, loggedRequest, readSteadily } from './decision-log.ts'
import { earlierSlates, isOnScreen, readOnScreen, type SlateOnScreen } from './earlier-slates.ts'
import { type Arms, type ChanceOfSlate, chanceOfSlate, drawArm, readArms } from './exploration-slot.ts'
import { ChoiceMemory, choiceReads, listNames } from './first-stage.ts'
import { gather } from './gather-candidates.ts'
import { gatherGiven, givenStanding, givenWarnings } from './given-items.ts'
import type { FeatureDrift, Shadows } from './model-observation.ts'
import {
  type Asker,
  absentModel,
  type MadeSlate,
  NOT_KEPT,
  PreparedSlate,
  type RankedSlate,
  type Ranking,
  type ReadForSlate,
  type ServedSlate,
  sourceDropped,
} from './prepared-slate.ts'
import { rank } from './rank.ts'
import { readFeatureInput, readKnownUser } from './read-feature-input.ts'
import { packVectors, vectorsOf } from './seen-vectors.ts'
import type { Slate, SlateRequest, SlateTrigger } from './slate.ts'
import { type SlateObserver, timed } from './slate-observer.ts'
import { SlateRules } from './slate-rules.ts'

export interface RecommenderParts {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly catalogue: Catalogue
  readonly standingRules: StandingRules
  /** Uploaded neighbour lists; none if absent. */
  readonly neighbourLists?: Pick<ServedNeighbourLists, 'at'>
  readonly clock: Clock
  readonly random: Randomness
  readonly partitions: number
  /** Returns the model that ranks for a user now: the named model, if it is available. undefined ranks without a model. */
  readonly ranker: (userId: string, model: string | undefined) => Ranker | undefined
  /** Returns whether the first stage may rank some slates. It may not if absent. */
  readonly firstStage?: () => boolean
  /** Returns why the intended model is not used; undefined if it is used. */
  readonly modelProblem?: () => string | undefined
  /** Returns the exploration settings of a policy on a surface. No exploration if absent. */
  readonly exploration?: (policy: Policy, surface: string | undefined) => SurfaceExploration | undefined
  /** Compares shadow models with the served slates. */
  readonly shadows?: Shadows
  /** Counts the features of the served slates. */
  readonly drift?: FeatureDrift
  /** Share of slates whose feature vectors are logged, 0 to 1. None if absent. */
  readonly vectorShare?: number
  /** Called for each slate with the time that it took, in ms. */
  readonly onServed?: (tookMs: number) => void
  readonly observer?: SlateObserver | undefined
  /** Counts sources that were dropped from slates. */
  readonly sourceHealth: SourceHealth
  /** Timers; those of the system if absent. */
  readonly timers?: Timers
  /** Called if the stored value of a user cannot be read, so that the user counts as new. */
  readonly onUnreadable?: (error: Error) => void
  /** Called if a model failed and the slate was ranked without one. */
  readonly onFallback: (error: Error) => void
}

/** Makes slates from the state of one moment: candidates ▸ rules ▸ features ▸ rank ▸ explore ▸ arrange ▸ explain. */
export class Recommender {
  readonly #parts: RecommenderParts
  readonly #littleKnown: LittleKnownItems
  readonly #choices = new ChoiceMemory()

  constructor(parts: RecommenderParts) {
    const { store, catalogue, accumulators, domain } = parts
    this.#parts = parts
    const { expiry, exploration: { knownAfterClicks } = { knownAfterClicks: 0 } } = domain
    this.#littleKnown = new LittleKnownItems({ store, catalogue, layout: accumulators.layout, expiry, knownAfterClicks })
  }

  /**
   * Reads all candidates of a request, with their feature input, as of now. Ranks, stores and logs nothing.
   * @param also items to add even if no source proposes them, such as items that a log lists as shown
   * @param only the admitted items, in place of the current rules, such as items that a log lists as admitted
   * @throws UnavailableError if the store does not answer
   */
  async candidates(request: SlateRequest, also: readonly string[] = [], only?: ReadonlySet<string>): Promise<RuledCandidates> {
    return this.#candidates(request, await this.#asker(request), () => also, only)
  }

  async #asker(request: SlateRequest): Promise<Asker> {
    const { store, domain, catalogue, clock, observer } = this.#parts
    const { after } = request
    const now = clock.now()
    const [known, screen] = await Promise.all([
      timed(observer, 'read_user', () => readKnownUser(this.#parts, request.userId, now)),
      readOnScreen(store, after),
    ])
    const { userId, user } = known
    const dismissed = dismissedItems(user, now, domain.expiry)
    removeTraces(user, dismissed)
    if (request.refusesMerged && userId !== request.userId) throw new MergedIdError()
    const ownerOf = async (id: string) => (await readKnownUser(this.#parts, id, now)).userId
    const earlier = await earlierSlates(after, screen, known, now, ownerOf)
    const policy = assignedPolicy(userId, domain.experiment)
    const anchors = (request.anchorItemIds ?? []).map((itemId) => catalogue.get(itemId)?.attributes ?? {})
    const surroundings = { user: usableAttributes(user.attributes, domain), anchors }
    const ownItems = !request.given && isHistory(domain, request.surface)
    const usual = usualRules(request, domain, ownItems)
    const compiled = compileRules(this.#rulesOf(request, policy, ownItems), surroundings, usual)
    const rules = compiled.filter ? { ...compiled, filter: await decided(compiled.filter, catalogue) } : compiled
    return { now, userId, user, dismissed, policy, ownItems, rules, earlier }
  }

  async #candidates(
    request: SlateRequest,
    { now, userId, user, dismissed, policy, ownItems, rules, earlier }: Asker,
    also: (inForce: SlateRules) => readonly string[],
    only?: ReadonlySet<string>,
  ): Promise<RuledCandidates> {
    const { store, domain, accumulators, catalogue, sourceHealth, timers = systemTimers, observer } = this.#parts
    const neighbourLists = this.#parts.neighbourLists?.at(now)
    const lives = catalogue.lives.digest
    const session = findSession(user, request.sessionId, now, domain.expiry.session)
    const { surface, device, context, anchorItemIds = [], given } = request
    const { expiry, variantGroup, showsOwnVariants = false } = domain
    const ofRequest = { anchorItemIds, earlierItemIds: earlier.itemIds, dismissed }
    const seenBy = { user, now, session, knownFor: expiry.pair, eventTypes: domain.eventTypes }
    const ruledUser = { ...seenBy, ...ofRequest, variantGroup, showsOwnVariants }
    const inForce = new SlateRules(rules, catalogue, ruledUser)
    const candidateRequest = {
      ...{ now, userId, user, session, dismissed, surface, context, anchorItemIds, catalogue, neighbourLists },
      admits: (itemId: string) => (only ? only.has(itemId) : inForce.admitsId(itemId)),
    }
    const gatherParts = { store, layout: accumulators.layout, expiry, pairs: domain.pairs, timers, health: sourceHealth }
    // What is a user's own is no matter of an experiment.
    const sources = sourcesOn(domain, surface).filter(({ name }) => ownItems || (policy.sources?.includes(name) ?? true))
    // The hold-out shows what is gained by all that is personal, so its order is the same for all of its users.
    const isLearned = !given && !ownItems && policy.name !== HOLD_OUT.name && this.#parts.firstStage?.() === true
    const names = isLearned ? listNames(sources, declaredSurface(domain.surfaces, surface), user, session) : undefined
    const held = names && this.#choices.at(names, now)
    const gathered = given
      ? gatherGiven(given, candidateRequest.admits, also(inForce))
      : await timed(observer, 'gather', () =>
          gather(sources, candidateRequest, gatherParts, also(inForce), names && !held ? choiceReads(names) : []),
        )
    const { itemIds, standings, neighbours, cohorts, further } = gathered
    const choices = held ?? (names && this.#choices.hold(names, further, now))
    const standing = given && givenStanding(given, itemIds)
    const listed = { neighbourLists, onScreen: anchorItemIds }
    const featureRequest = { now, user, session, itemIds, sources: standings, neighbours, cohorts, given: standing, ...listed }
    const input = await timed(observer, 'read_features', () =>
      readFeatureInput({ ...featureRequest, surface, device, context }, store, accumulators, domain, catalogue),
    )
    return { userId, lives, policy, earlier, given, ownItems, gathered, input, choices, rulesInForce: () => inForce.anew() }
  }

  /** Ranks the candidates of a request. Stores and logs nothing. @throws UnavailableError if the store does not answer */
  async rank(request: SlateRequest): Promise<Ranking> {
    return (await this.#ranked(request)).ranking
  }

  /**
   * Makes a ranking, and what is served of it: read ▸ rank ▸ arrange ▸ explore.
   * @param explores whether something may be left to chance
   * @param isSteady whether all that is read must be of one state, whose position is wanted
   */
  async #ranked(request: SlateRequest, { explores = false, isSteady = false } = {}): Promise<RankedSlate> {
    const { set, position } = await this.#read(request, isSteady)
    const chance = explores && !set.given && !set.ownItems ? this.#chanceOf(request, set) : undefined
    const [ranked, arms] = await Promise.all([this.#rank(set), this.#arms(chance, set)])
    const arrange = async (scores: ArrayLike<number>, how: HowRanked) => {
      const ordered = orderUnderRules(set, scores, this.#parts, how)
      return { ordered, arranged: await arrangeUnderRules(request.first, ordered, this.#parts) }
    }
    const { ordered, arranged } = await timed(this.#parts.observer, 'arrange', () =>
      arrange(ranked.scores, ranked.seen ? BY_MODEL : WITHOUT_MODEL),
    )
    return {
      ranking: { ...set, ...ranked, ...arranged },
      served: await this.#explored(request.first, ordered, arranged, chance, arms),
      arrange: async (scores) => (await arrange(scores, BY_MODEL)).arranged,
      position,
    }
  }

  /** Reads the candidates of a slate, with the pinned items and the feature input. */
  async #read(request: SlateRequest, isSteady: boolean): Promise<ReadForSlate> {
    const read = async () => {
      const asker = await this.#asker(request)
      const pinned = asker.rules.pins.filter(({ position }) => position <= request.first).map(({ itemId }) => itemId)
      const also = (inForce: SlateRules) => (request.given ? [] : pinned.filter((itemId) => inForce.admitsId(itemId)))
      return this.#candidates(request, asker, also)
    }
    if (!isSteady) return { set: await read(), position: undefined }
    const { found: set, position } = await readSteadily(this.#parts.store, read)
    return { set, position }
  }

  /** Returns what is left to chance in the slate. undefined: nothing. */
  #chanceOf(request: SlateRequest, { userId, policy, input: { user, now } }: CandidateSet): ChanceOfSlate | undefined {
    const { domain, exploration } = this.#parts
    const settings = user.optedOut ? undefined : exploration?.(policy, request.surface)
    return chanceOfSlate(domain.exploration, settings, userId, request, now)
  }

  async #arms(chance: ChanceOfSlate | undefined, set: RuledCandidates): Promise<Arms | undefined> {
    return chance?.kind === 'slot' ? readArms(chance, set, { ...this.#parts, littleKnown: this.#littleKnown }) : undefined
  }

  /** Arranges the slate again, if its order or one of its items is left to chance. */
  async #explored(
    first: number,
    ordered: UnderRules,
    arranged: Arranged,
    chance: ChanceOfSlate | undefined,
    arms: Arms | undefined,
  ): Promise<ServedSlate> {
    const ranked = arranged.items.map(({ itemId }) => itemId)
    if (chance?.kind === 'randomised') {
      const chanceOf = (itemId: string) => hashedChance(`order\0${chance.key}\0${itemId}`)
      const randomised = { share: chance.settings.randomised, ranked }
      return { ...(await arrangeUnderRules(first, ordered, this.#parts, { chanceOf })), randomised }
    }
    if (!chance || !arms) return arranged
    const { accumulators } = this.#parts
    const drawn = drawArm(chance, arms, { first, shown: new Set(ranked), ...placePins(first, ordered), accumulators })
    if (!drawn) return arranged
    return { ...(await arrangeUnderRules(first, ordered, this.#parts, { drawn })), explored: drawn.slot }
  }

  /**
   * Makes a slate. Unless it is a preview, or its user is erased meanwhile, it is kept for a while under its id.
   * @throws MergedIdError if the request refuses merged ids, and its user is one
   * @throws UnavailableError if the store does not answer
   */
  async recommend(request: SlateRequest, trigger: SlateTrigger, onScreen?: undefined, life?: Promise<string>): Promise<Slate>
  /**
   * @param onScreen what the client shows: a slate with the same items in the same order is neither returned, kept nor logged
   * @param life of the requested id when the slate was asked for; absent if it is asked for now
   */
  async recommend(
    request: SlateRequest,
    trigger: SlateTrigger,
    onScreen: SlateOnScreen | undefined,
    life?: Promise<string>,
  ): Promise<Slate | undefined>
  async recommend(
    request: SlateRequest,
    trigger: SlateTrigger,
    onScreen?: SlateOnScreen,
    life?: Promise<string>,
  ): Promise<Slate | undefined> {
    const prepared = await this.prepare(request, trigger, life)
    if (!onScreen || !isOnScreen(prepared.slate, onScreen)) return prepared.keep()
    prepared.leave()
    return undefined
  }

  /**
   * Makes a slate, which the caller keeps or leaves. Throws as `recommend` does.
   * @param life of the requested id when the slate was asked for
   */
  async prepare(
    request: SlateRequest,
    trigger: SlateTrigger,
    life = this.#parts.store.readLife(request.userId),
  ): Promise<PreparedSlate> {
    const { onServed, observer } = this.#parts
    const started = performance.now()
    const [made, askedIn] = await Promise.all([this.#make(request, trigger), life])
    let tookMs = performance.now() - started
    const keep = async () => {
      const began = performance.now()
      const kept = await this.#keep(made, request, askedIn)
      tookMs += performance.now() - began
      return kept
    }
    return new PreparedSlate(made.slate, askedIn, keep, () => {
      onServed?.(tookMs)
      const { ownItems, input } = made.ranking
      observer?.made(request.surface, trigger, tookMs, made.slate.fallback && !ownItems && !input.given?.isOrdered)
    })
  }

  async #make(request: SlateRequest, trigger: SlateTrigger): Promise<MadeSlate> {
    const { random, partitions, catalogue, modelProblem, vectorShare = 0 } = this.#parts
    const started = performance.now()
    const recommendationId = `${partitionOf(request.userId, partitions).toString(16).padStart(2, '0')}-${random.id()}`
    const isSteady = !request.preview && isSampled(recommendationId, vectorShare)
    const { ranking, served, arrange, position } = await this.#ranked(request, { explores: !request.preview, isSteady })
    const { policy, earlier, given, ownItems, gathered, input, model, seen } = ranking
    const { items, explored, randomised } = served
    const ranked = items.filter(({ exploration }) => !exploration)
    const { warnings: declared = [] } = request
    const ofRequest = [...declared, ...earlier.warnings, ...(given ? givenWarnings(given, catalogue) : [])]
    const warnings = [...ofRequest, ...served.warnings, ...gathered.dropped.map(sourceDropped)]
    const problem = ownItems ? undefined : (modelProblem?.() ?? absentModel(policy, model))
    if (problem !== undefined) warnings.push({ code: 'MODEL_NOT_LOADED', message: problem })
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
      ...(earlier.itemIds.length > 0 && { earlier: earlier.itemIds }),
      ...(explored && { explored }),
      ...(randomised && { randomised }),
      model,
      vectors: seen && vectorsOf(ranked, input.itemIds, seen),
      fallback: model === undefined,
      warnings,
      tookMs: performance.now() - started,
    }
    return { slate, ranking, arrange, position }
  }

  async #keep({ slate, ranking, arrange, position }: MadeSlate, request: SlateRequest, life: string): Promise<Slate> {
    const { store, clock, shadows, drift, accumulators, catalogue, observer } = this.#parts
    const { gathered, input } = ranking
    // Nothing more is recorded about someone who has opted out.
    if (input.user.optedOut || request.preview) return slate
    // That a source was too slow cannot be replayed.
    const isReplayable = position !== undefined && gathered.dropped.length === 0
    const decision = isReplayable && loggedDecision(ranking, accumulators, catalogue)
    try {
      const kept = () => ({
        kind: 'slate' as const,
        recommendationId: slate.recommendationId,
        userId: slate.userId,
        at: clock.wall(),
        slate: { ...slate, vectors: slate.vectors && packVectors(slate.vectors) },
        request: loggedRequest(request),
        ...(decision && { decision: { ...decision, position } }),
      })
      // Of someone who was erased since they asked, nothing is recorded or counted.
      if (!(await timed(observer, 'keep', () => store.putSlate(kept(), life)))) return slate
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      return { ...slate, warnings: [...slate.warnings, NOT_KEPT] }
    }
    const { model, seen } = ranking
    if (model !== undefined && seen && !input.given) drift?.count(model, seen)
    if (!ranking.ownItems) shadows?.compare(ranking, async (scores) => (await arrange(scores)).items)
    return slate
  }

  #rulesOf({ rules, surface, preview }: SlateRequest, policy: Policy, ownItems: boolean): Rules {
    if (preview && rules) return rules
    // What is a user's own is no matter of an experiment.
    const ofPolicy = ownItems ? {} : policy.rules
    return this.#parts.standingRules.under({ ...ofPolicy, ...rules }, surface)
  }

  async #rank({ userId, policy, ownItems, input, choices }: CandidateSet): ReturnType<typeof rank> {
    const { ranker, accumulators, onFallback, observer } = this.#parts
    try {
      const model = policy.model === null || ownItems ? undefined : ranker(userId, policy.model)
      return await timed(observer, 'rank', () => rank(input, model, accumulators, choices))
    } catch (error) {
      onFallback(error as Error)
      observer?.modelFailed()
      return rank(input, undefined, accumulators, choices)
    }
  }
}

/** Returns what applies to a slate if neither its request nor other rules say otherwise. */
function usualRules({ given, surface }: SlateRequest, domain: Domain, ownItems: boolean): UsualRules {
  // A caller that brings the candidates has chosen them, such as the results of a search: what was seen stays among them.
  if (given) return { diversity: domain.diversity }
  return { diversity: ownItems ? 0 : domain.diversity, seen: seenOn(domain, surface) }
}
