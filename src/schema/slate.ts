import { countedValues } from '../accumulators/counted-values.ts'
import { actsFor } from '../auth/principal.ts'
import { ForbiddenError } from '../errors.ts'
import { checkAttributes, checkId } from '../events/validate-event.ts'
import { attributeWarnings } from '../events/warnings.ts'
import type { LiveSlate } from '../live/live-slates.ts'
import { parseStoredSlate } from '../slate/parse-stored-slate.ts'
import type { Recommendation as RecommendationModel, SlateRequest } from '../slate/slate.ts'
import { atMost, MAX_SLATE, within } from './argument-checks.ts'
import { builder } from './builder.ts'
import { CandidateInput, givenOf } from './candidate-input.ts'
import { type Context, orRefusal, refuseMergedDevice } from './context.ts'
import { FeatureValue } from './feature-value.ts'
import { Item, itemOrDeleted } from './item.ts'
import { recommendationIdOf } from './node-id.ts'
import { pageSize } from './pages.ts'
import { Policy } from './policy.ts'
import { Reason } from './reason.ts'
import { RulesInput, rulesOf } from './rules.ts'
import { FeatureContribution, partsOf, seenFeatures } from './score-explanation.ts'
import { SlateWarning } from './slate-warning.ts'
import { slateBytes } from './stored-bytes.ts'
import { Surface } from './vocabulary.ts'

/** Most items on screen that a request names. */
const MAX_ANCHORS = 20

const asked = (t: Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0]) => ({
  first: t.int({ required: true, defaultValue: 10, description: 'Number of items, 1 to 100.' }),
  surface: t.string({
    description:
      'Where the slate is shown, such as `home`, `cart` or `item_page`. Some standing rules (rules that are stored in the service) apply on one surface only. One part of the trending items comes from the events on this surface. The model may rank by the surface.',
  }),
  anchorItemIds: t.idList({
    description:
      'The items on screen, at most 20: the item of an item page, or all items of the cart. The service proposes items that are similar to them, or that users often choose together with them. The items on screen do not appear in the slate.',
  }),
  candidates: t.field({
    type: [CandidateInput],
    description:
      'Items to rank, 1 to 500: for example, the results of a search. The slate has only these items. All rules apply to them, but the service adds no items, and draws none at random. Items that are unavailable, or not in the catalogue, are left out. If absent, the service proposes items by itself.',
  }),
  ordered: t.boolean({
    required: true,
    defaultValue: false,
    description:
      'With true, the order of `candidates` means something, such as how well each item fits a search. The place of an item then is the feature `given_rank`, which a model may rank by. If no model ranks, or if the model was not trained with `given_rank`, the service ranks by this order and by what it knows of the user.',
  }),
  afterSlate: t.id({
    description:
      'For the next page of a feed: the `recommendationId` of the latest page. The new slate leaves out the items of that slate, and of the slates before it. It also shows no other variants of these items, if the domain groups variants. Name a slate that the service made for the same user in the last 30 minutes. Otherwise, the slate has the warning `AFTER_UNKNOWN`, and may repeat items. A subscription cannot have `afterSlate`.',
  }),
  sessionId: t.id({ description: "Id of the user's session. If absent, the latest session of the user." }),
  context: t.field({
    type: 'JSONObject',
    description:
      'What you know about the situation, as a JSON object. The key `device`, such as `mobile`, has an effect: a model may rank by it. So do the attributes that the domain declares as `contextAttributes`.',
  }),
  rules: t.field({
    type: RulesInput,
    description:
      'Rules for this slate. A rule that is absent or null here comes from the standing rules (rules that are stored in the service).',
  }),
})

export const SlateInput = builder.inputType('SlateInput', {
  description:
    'A request for a slate in the answer of `recordEvent` (the field `RecordEventPayload.recommendations`). So one call records an event and gets a new slate for the user of the event. The fields are those of `RecommendationsInput`, without `userId` and `preview`.',
  fields: asked,
})

export const RecommendationsInput = builder.inputType('RecommendationsInput', {
  description: 'A request for a slate.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'Id of the user for whom the slate is.' }),
    ...asked(t),
    preview: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'With true, the request only tries out `rules`, for example for an employee who writes rules. The service does not log the slate, and draws no items at random. If the request has `rules`, they replace all standing rules (rules that are stored in the service).',
    }),
  }),
})

type SlateArgs = typeof SlateInput.$inferInput & { readonly preview?: boolean }

/**
 * Makes the request of a slate from its arguments.
 * @throws LiverankError BAD_USER_INPUT naming the invalid argument
 * @throws ForbiddenError if the caller may not use the rules
 */
export function slateRequest(userId: string, input: SlateArgs, caller: Context): SlateRequest {
  checkId(userId, 'userId')
  const { surface, sessionId, context } = input
  const afterSlate = input.afterSlate == null ? undefined : recommendationIdOf(input.afterSlate)
  for (const [field, id] of Object.entries({ surface, afterSlate, sessionId })) if (id != null) checkId(id, field)
  const anchorItemIds = atMost('anchorItemIds', input.anchorItemIds ?? [], MAX_ANCHORS)
  for (const [i, id] of anchorItemIds.entries()) checkId(id, `anchorItemIds.${i}`)
  const given = givenOf(input)
  const first = within('first', input.first, 1, MAX_SLATE)
  return {
    userId,
    first,
    surface: surface ?? undefined,
    ...(anchorItemIds.length > 0 && { anchorItemIds: [...new Set(anchorItemIds)] }),
    ...(given && { given }),
    ...(afterSlate !== undefined && { after: { recommendationId: afterSlate } }),
    sessionId: sessionId ?? undefined,
    ...situation(context, caller),
    ...(input.rules && { rules: rulesOf(input.rules, { last: first }, caller) }),
    ...(input.preview && { preview: true }),
    ...(caller.principal.role === 'device' && { refusesMerged: true }),
  }
}

const READ_OF_CONTEXTS: ReadonlySet<string> = new Set(['device'])

/**
 * What counts of the context of a request, and warnings about the rest of the context.
 * @throws InvalidInputError if the context is not a JSON object, or too large
 */
function situation(context: unknown, { service: { domain } }: Context): Pick<SlateRequest, 'device' | 'context' | 'warnings'> {
  if (context == null) return { device: undefined }
  checkAttributes(context, 'context')
  const { contextAttributes } = domain
  const counted = countedValues(context, contextAttributes)
  const warnings = attributeWarnings(context, contextAttributes, 'context', READ_OF_CONTEXTS)
  return {
    device: typeof context.device === 'string' && context.device !== '' ? context.device : undefined,
    ...(counted && { context: counted }),
    ...(warnings.length > 0 && { warnings }),
  }
}

const SlateTrigger = builder.enumType('SlateTrigger', {
  description: 'Why a slate was made.',
  values: {
    INITIAL: { description: 'The slate is the first one of a subscription, or the answer to a query.' },
    EVENT: {
      description:
        'What the service knows about the user changed: by an event, by an upload about the user, or by a merge of two user ids. The slate in the answer to the mutation `recordEvent` has this trigger too.',
    },
    MODEL: {
      description: 'Another model became active. Or an active model now ranks for a larger or smaller share of the users.',
    },
    RULES: { description: 'Standing rules (rules that are stored in the service) changed.' },
    CATALOGUE: { description: 'An item of the previous slate was deleted or became unavailable.' },
    REFRESH: {
      description: 'For the time in the argument `refreshEveryMs` of the subscription, nothing else caused a new slate.',
    },
    RESYNC: {
      description:
        'The service can reach its store again after a failure, in which the store may have lost the latest data. So the version of the user may be lower than before. Show this slate even if its version is lower than that of the slate on screen.',
    },
    ERASED: {
      description:
        'The data of the user was erased, so the version of the user begins again at a low number. Show this slate even if its version is lower than that of the slate on screen.',
    },
  } as const,
})

const CandidateSource = builder.objectRef<RecommendationModel['sources'][number]>('CandidateSource').implement({
  description: 'A source (code that proposes items for slates, such as trending items) that proposed an item of the slate.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the source, such as trending.' }),
    score: t.float({
      nullable: true,
      description:
        'Score that the source gave to the item. Each source has its own scale, so compare only scores of one source. Null if the source gives no scores.',
      resolve: ({ score }) => score,
    }),
  }),
})

/** An explanation takes about 2 ms, but shares no turn of the event loop with another, and only the first items have one. */
const EXPLANATION_COST = 200

/** A recommendation with the slate that it is of. */
type Shown = RecommendationModel & { readonly slate: LiveSlate }

const Recommendation = builder.objectRef<Shown>('Recommendation').implement({
  description: 'An item of a slate, with its position, its score, and the reason why it is in the slate.',
  fields: (t) => ({
    item: t.field({
      type: Item,
      description: 'The item. It has no attributes if it was deleted after the slate was made.',
      resolve: ({ itemId }, _, { service }) => itemOrDeleted(service.catalogue, itemId),
    }),
    position: t.exposeInt('position', {
      description:
        'Position in the slate, from 1 (the top). If you record an event on the item, send this number as `eventAttributes.position`.',
    }),
    score: t.exposeFloat('score', {
      description:
        'Score by which the item was ranked. If a boost (a rule that multiplies the scores of some items) applies to the item, the score includes the boost. Items with higher scores come first, unless a rule such as `pin` or `diversity` moves them.',
    }),
    sources: t.field({
      type: [CandidateSource],
      description: 'Sources that proposed the item.',
      complexity: { field: 1, multiplier: 3 },
      resolve: ({ sources }) => [...sources],
    }),
    reason: t.field({ type: Reason, description: 'Why the item is shown.', resolve: ({ reason }) => reason }),
    exploration: t.exposeBoolean('exploration', {
      description: 'True if the service drew the item at random, to learn how users react to it. False if the item was ranked.',
    }),
    propensity: t.exposeFloat('propensity', {
      description:
        'Probability with which the service drew this item for this position. It is 1 if the service did not draw at random.',
    }),
    features: t.field({
      type: [FeatureValue],
      nullable: { list: true, items: false },
      description:
        'The values by which the model ranked the item: of all features of the model, or of the named ones. Null if no model ranked the item, or if the values are no longer stored.',
      args: { names: t.arg.stringList({ description: 'Names of features. If absent, all features of the model.' }) },
      complexity: ({ names }, { service }) => ({
        field: 5,
        multiplier: names?.length ?? Math.max(0, ...service.models.active.map(({ features }) => features.length)),
      }),
      resolve: (shown, { names }, { service }) => seenFeatures(shown, names, service),
    }),
    contributions: t.field({
      type: [FeatureContribution],
      nullable: { list: true, items: false },
      description:
        'How much each feature raised or lowered the score of the item. The largest effect comes first. Null if no model ranked the item, or if the service cannot explain the model (see `Model.unexplained`). Also null if the item is not among the first 20 of the slate.',
      args: { first: t.arg.int({ required: true, defaultValue: 10, description: 'Number of features to return, 0 to 500.' }) },
      complexity: ({ first }) => ({ field: EXPLANATION_COST, multiplier: first }),
      resolve: async (shown, { first }, { service }) => {
        const most = pageSize(first)
        return (await partsOf(shown, service))?.contributions.slice(0, most)
      },
    }),
    baseScore: t.float({
      nullable: true,
      complexity: EXPLANATION_COST,
      description:
        'The part of the score that no feature of the item changes: the mean output of the model over its training data. `baseScore` plus all contributions is `score`. A boost (a rule that multiplies the scores of some items) also multiplies `baseScore` and the contributions. Null whenever `contributions` is null.',
      resolve: async (shown, _, { service }) => (await partsOf(shown, service))?.base,
    }),
  }),
})

/** Reads a stored slate. @returns null if the service does not keep it @throws ForbiddenError if it is one of another user */
export async function readSlate(recommendationId: string, context: Context): Promise<LiveSlate | null> {
  const { service, principal } = context
  const bytes = await service.store.getSlate(recommendationId)
  if (bytes === undefined) return null
  const featuresOf = (model: string) => service.models.record.models.find(({ name }) => name === model)?.features
  const slate = parseStoredSlate(recommendationId, bytes, featuresOf)
  if (!actsFor(principal, slate.userId)) throw new ForbiddenError('The slate belongs to another user.')
  await refuseMergedDevice(context, slate.userId)
  return { ...slate, changed: true }
}

/** An ordered list of recommended items. */
export const Slate = builder.objectRef<LiveSlate>('Slate')
builder.node(Slate, {
  description:
    'An ordered list of recommended items. If your GraphQL client has a cache, select `id`, or set `recommendationId` as the key of this type (option `keyFields` in Apollo Client, `keys` in urql).',
  id: { resolve: ({ recommendationId }) => recommendationId },
  isTypeOf: (slate) => typeof slate === 'object' && slate !== null && 'items' in slate && 'recommendationId' in slate,
  loadOne: (recommendationId, context) => orRefusal(readSlate(recommendationId, context)),
  fields: (t) => ({
    recommendationId: t.exposeID('recommendationId', {
      description:
        'Id of this slate. Send it as `recommendationId` with events on its items. Wherever the service takes it, it also takes the field `id`.',
    }),
    userId: t.exposeID('userId', {
      description: 'Id of the user, as the request named it. It stays this id even if the id was merged into another one.',
    }),
    surface: t.field({
      type: Surface,
      nullable: true,
      description: 'The surface (place where the slate appears) that the request named. Null if it named none.',
      resolve: ({ surface }) => (surface == null ? null : { name: surface }),
    }),
    version: t.exposeInt('version', {
      description:
        'A number that rises with each change of the stored data of the user. Slates can arrive in the wrong order, so ignore a slate with a lower version than that of the slate on screen. If the versions are equal, show the slate with the later `generatedAt`. Exception: always show a slate whose `trigger` is `INITIAL`, `RESYNC` or `ERASED`, because versions may have begun again at a lower number.',
    }),
    trigger: t.field({ type: SlateTrigger, description: 'Why the slate was made.', resolve: ({ trigger }) => trigger }),
    latestEventId: t.id({
      nullable: true,
      description: 'Id of the latest event of the user that the slate takes into account. Null for a user without events.',
      resolve: ({ latestEventId }) => latestEventId,
    }),
    changed: t.exposeBoolean('changed', {
      description:
        'Whether this slate has other items than the previous slate of the subscription, or another order. True for the first slate, and in the answer to a query.',
    }),
    generatedAt: t.field({
      type: 'DateTime',
      description: 'When the slate was made.',
      resolve: ({ generatedAt }) => new Date(generatedAt),
    }),
    // Who gives a slate multiplies it by the slate's items.
    items: t.field({
      type: [Recommendation],
      description: 'The items, at most 100, from the top.',
      complexity: { field: 1, multiplier: 1 },
      resolve: (slate) => slate.items.map((item) => ({ ...item, slate })),
    }),
    model: t.string({
      nullable: true,
      description:
        'Name of the model that ranked the slate; `first_stage` if the order that the service learns from the choices of users did. Null if neither ranked it.',
      resolve: ({ model }) => model,
    }),
    policy: t.field({
      type: Policy,
      description: 'The policy by which the service made the slate.',
      resolve: ({ policy }) => ({ name: policy }),
    }),
    fallback: t.exposeBoolean('fallback', {
      description:
        'True if neither a model nor the first stage ranked the slate, for example if `ordered` is true and the model was not trained with `given_rank`. A fixed rule then ranked the items. Each source proposes a list of items, and an item ranks higher the higher it stands in these lists.',
    }),
    warnings: t.field({
      type: [SlateWarning],
      description: 'Problems of the slate, such as a rule that could not be met.',
      resolve: ({ warnings }) => [...warnings],
    }),
    tookMs: t.exposeFloat('tookMs', { description: 'Time that the service took to make the slate, in ms.' }),
  }),
})

/** Makes the slate of RecordEventPayload. @returns undefined if nobody waits for it any more */
export async function slateAfterEvent(
  { service, storage, withdrawal }: Context,
  request: SlateRequest,
): Promise<LiveSlate | undefined> {
  await storage.take(() => slateBytes(request))
  const { recommender, store, turns } = service
  const asks = { userId: request.userId, urgency: 'interactive' } as const
  const life = store.readLife(request.userId)
  const slate = await turns.run(asks, withdrawal(), () => recommender.recommend(request, 'EVENT', undefined, life))
  return slate && { ...slate, changed: true }
}
