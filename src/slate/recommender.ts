import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { forgetExpired } from '../accumulators/expiry.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import { findSession } from '../accumulators/session.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import type { Randomness } from '../random.ts'
import type { Ranker } from '../ranking/ranker.ts'
import type { CompiledFilter } from '../rules/compiled-filter.ts'
import { type CompiledRules, compileRules } from '../rules/compiled-rules.ts'
import { matchingItems } from '../rules/matching-items.ts'
import type { Rules } from '../rules/rules.ts'
import type { StandingRules } from '../rules/standing-rules.ts'
import type { Catalogue, CatalogueItem } from '../state/catalogue.ts'
import { partitionOf } from '../state/partition.ts'
import type { StateStore } from '../state/store.ts'
import { UserValue } from '../state/user-value.ts'
import { arrange } from './arrange.ts'
import { readFeatureInput } from './features.ts'
import { type Gathered, gather } from './gather.ts'
import { likeness } from './likeness.ts'
import { order, rank } from './rank.ts'
import { RulesInForce } from './rules-in-force.ts'
import type { Shadows } from './shadows.ts'
import type { Recommendation, Slate, SlateRequest, SlateTrigger, SlateWarning } from './slate.ts'

export interface RecommenderParts {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly catalogue: Catalogue
  readonly standingRules: StandingRules
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
export interface Ranking extends CandidateSet, Arranged {
  /** Of each gathered item, by the model or the rule alone. */
  readonly scores: ArrayLike<number>
  /** Name of the model; undefined where a rule ranked. */
  readonly model: string | undefined
}

/** What scores come to under the rules. */
interface Arranged {
  /** Rows of all gathered items that the rules admit, best first. */
  readonly rows: readonly number[]
  /** The first of them as they would be served, filled up from the catalogue where there are too few. */
  readonly items: readonly Recommendation[]
  /** What of the rules could not be met. */
  readonly warnings: readonly SlateWarning[]
}

/** Candidates, and the rules of their request, anew for each arrangement, since caps count what stands. */
interface Candidates extends CandidateSet {
  readonly rulesInForce: () => RulesInForce
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
  candidates(request: SlateRequest, also: readonly string[] = []): Promise<CandidateSet> {
    return this.#candidates(request, compileRules(this.#rulesOf(request)), () => also)
  }

  async #candidates(
    request: SlateRequest,
    rules: CompiledRules,
    also: (inForce: RulesInForce) => readonly string[],
  ): Promise<Candidates> {
    const { store, domain, accumulators, catalogue, clock } = this.#parts
    const now = clock.now()
    const { userId, user } = await this.#whoIs(request.userId, now)
    const session = findSession(user, request.sessionId, now, domain.expiry.session)
    const { surface, device, anchorItemId } = request
    const rulesInForce = () => new RulesInForce(rules, catalogue, { user, now, knownFor: domain.expiry.pair, anchorItemId })
    const inForce = rulesInForce()
    const keep = (itemId: string) => inForce.admitsId(itemId)
    const candidateRequest = { now, userId, user, session, surface, anchorItemId }
    const gathered = await gather(
      domain.sources,
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
    return { userId, gathered, input, rulesInForce }
  }

  /** The candidates of a request in the order of the model; nothing is kept or logged. @throws UnavailableError when the store does not answer */
  async rank(request: SlateRequest): Promise<Ranking> {
    return (await this.#ranked(request)).ranking
  }

  /** The ranking, and what other scores would come to. */
  async #ranked(request: SlateRequest): Promise<{ ranking: Ranking; arrange: (scores: ArrayLike<number>) => Promise<Arranged> }> {
    const rules = compileRules(this.#rulesOf(request))
    const pinned = rules.pins.filter(({ position }) => position <= request.first).map(({ itemId }) => itemId)
    const set = await this.#candidates(request, rules, (inForce) => pinned.filter((itemId) => inForce.admitsId(itemId)))
    const { scores, model } = await this.#rank(set)
    const arrange = (others: ArrayLike<number>) => this.#arrange(request, rules, set, others)
    const { userId, gathered, input } = set
    return { ranking: { userId, gathered, input, scores, model, ...(await arrange(scores)) }, arrange }
  }

  /** What these scores of the candidates come to under the rules. */
  async #arrange(
    { first }: SlateRequest,
    rules: CompiledRules,
    { gathered, input, rulesInForce }: Candidates,
    unboosted: ArrayLike<number>,
  ): Promise<Arranged> {
    const { catalogue, accumulators } = this.#parts
    const inForce = rulesInForce()
    const scores = inForce.boosted(unboosted, input, accumulators)
    const passes = inForce.passes(input, accumulators)
    const rows = order(gathered.itemIds, scores).filter(passes)
    const warnings = inForce.unknownNames(accumulators)
    const pins = inForce.pinnedRows(first, input, passes, (warning) => warnings.push(warning))
    const slots = arrange({
      first,
      rows,
      itemOf: (row) => catalogue.get(gathered.itemIds[row])!,
      scoreOf: (row) => scores[row],
      pins,
      caps: inForce.caps,
      diversity: rules.diversity,
      likeness: () => likeness(input),
    })
    const found = slots.map((row, at) => {
      if (row === undefined) return undefined
      const item = recommendation(gathered, row, at + 1, scores[row])
      return pins.get(at + 1) === row ? { ...item, sources: [...item.sources, PIN], reason: { code: 'PINNED' } } : item
    })
    await this.#topUp(found, input, inForce)
    const items = found.flatMap((item) => item ?? []).map((item, at) => ({ ...item, position: at + 1 }))
    rules.pins.forEach(({ itemId, position }, i) => {
      const at = pins.has(position) ? items.findIndex((item) => item.itemId === itemId) + 1 : position
      if (at === position) return
      const message = `${itemId} is pinned to position ${position}, and stands at ${at}: too few items come before it.`
      warnings.push({ code: 'PIN_CONFLICT', message, field: `pin.${i}.position` })
    })
    if (items.length < first) {
      const message = `${items.length} of ${first} items: no more are available under these rules.`
      warnings.push({ code: 'TOO_FEW_ITEMS', message })
    }
    return { rows, items, warnings }
  }

  /** A slate that is kept for a day under its id, if it is no preview. @throws UnavailableError when the store does not answer */
  async recommend(request: SlateRequest, trigger: SlateTrigger): Promise<Slate> {
    const { store, clock, random, partitions, modelProblem, shadows } = this.#parts
    const started = performance.now()
    const { ranking, arrange } = await this.#ranked(request)
    const { input, items, model, warnings } = ranking
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
      warnings: problem === undefined ? warnings : [...warnings, { code: 'MODEL_NOT_LOADED', message: problem }],
      tookMs: performance.now() - started,
    }
    // Nothing more is recorded about someone who has opted out.
    if (user.optedOut || request.preview) return slate
    await store.putSlate({
      kind: 'slate',
      recommendationId: slate.recommendationId,
      userId: slate.userId,
      at: clock.wall(),
      slate,
    })
    shadows?.compare(ranking, async (scores) => (await arrange(scores)).items)
    return slate
  }

  #rulesOf({ rules, surface, preview }: SlateRequest): Rules {
    if (preview && rules) return rules
    return this.#parts.standingRules.under(rules ?? {}, surface)
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

  /** Where the sources bring too little, the newest items that the rules admit: an answer is not shorter than it must be. */
  async #topUp(slots: (Recommendation | undefined)[], input: FeatureInput, inForce: RulesInForce): Promise<void> {
    const { catalogue, accumulators, store, domain } = this.#parts
    let free = slots.indexOf(undefined)
    if (free < 0) return
    const present = new Set(slots.map((item) => item?.itemId))
    const { caps, rules } = inForce
    const admitted = function* (): Generator<CatalogueItem> {
      for (const item of catalogue.newest()) if (!present.has(item.itemId) && inForce.admits(item) && caps.fits(item)) yield item
    }
    const { now, user, session, surface, device } = input
    const request = { now, user, session, surface, device }
    const read = (itemIds: readonly string[]) => readFeatureInput({ ...request, itemIds }, store, accumulators, domain, catalogue)
    for await (const item of matchingItems(admitted(), rules.filter ?? EVERY_ITEM, accumulators, read)) {
      if (!caps.fits(item)) continue
      caps.add(item)
      slots[free] = newestItem(item.itemId)
      free = slots.indexOf(undefined, free)
      if (free < 0) break
    }
  }
}

const EVERY_ITEM: CompiledFilter = { features: [], test: () => true }
const PIN = { name: 'pin', score: undefined }

function newestItem(itemId: string): Recommendation {
  const sources = [{ name: 'newest', score: undefined }]
  return { itemId, position: 0, score: 0, sources, reason: { code: 'NEW' }, exploration: false, propensity: 1 }
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
