import { ForbiddenError, LiverankError } from '../errors.ts'
import { checkId } from '../events/validate-event.ts'
import { DEFAULT_MIN_INTERVAL_MS } from '../live/live-stream.ts'
import { refusalAsLast } from '../live/refusal-as-last.ts'
import { readSlateOnScreen } from '../slate/earlier-slates.ts'
import { atMost, MAX_SLATE, within } from './argument-checks.ts'
import { builder } from './builder.ts'
import { recommendationIdOf } from './node-id.ts'
import { RecommendationsInput, readSlate, Slate, slateRequest } from './slate.ts'
import { slateCost } from './slate-cost.ts'
import { slateBytes } from './stored-bytes.ts'

const UNLESS = 'The `recommendationId` of the slate on screen. If the new slate has the same items in the same order, '

const NO_LIVE_PAGES =
  'afterSlate: a subscription keeps one slate up to date and has no further pages. Ask for the next page with the query `recommendations`.'

/** Checks the id of a slate. @throws LiverankError BAD_USER_INPUT */
function slateId(unless: string | null | undefined): string | undefined {
  if (unless == null) return undefined
  const id = recommendationIdOf(unless)
  checkId(id, 'unless')
  return id
}

builder.queryFields((t) => ({
  recommendations: t.field({
    description:
      'Makes a slate for a user. Null if there is an error, or if the slate on screen (`unless`) has the same items in the same order.',
    type: Slate,
    nullable: true,
    args: {
      input: t.arg({
        type: RecommendationsInput,
        required: true,
        description: 'The user for whom the slate is, where it is shown, and how many items it has.',
      }),
      unless: t.arg.id({ description: `${UNLESS}the answer is null, and the new slate is not logged.` }),
    },
    complexity: ({ input }, context) => slateCost(input, context),
    resolve: async (_, { input, unless }, context) => {
      const { store, recommender, turns } = context.service
      const request = slateRequest(input.userId, input, context)
      const shown = slateId(unless)
      await context.storage.take(() => slateBytes(request))
      // Before anything is waited for: a slate that was asked for before an erasure is not kept after it.
      const life = store.readLife(request.userId)
      const onScreen = shown === undefined ? undefined : await readSlateOnScreen(store, shown, input.userId)
      const asks = { userId: request.userId, urgency: 'interactive' } as const
      const slate = await turns.run(asks, context.withdrawal(), () => recommender.recommend(request, 'INITIAL', onScreen, life))
      return slate && { ...slate, changed: true }
    },
  }),
  slate: t.field({
    type: Slate,
    nullable: true,
    description:
      'A slate that the service has sent before, unchanged. The service keeps a slate for an hour (setting `SLATE_MINUTES`). If an event with the `recommendationId` of the slate arrives in this hour, the service keeps the slate for a day (`NAMED_SLATE_HOURS`). Null if it no longer keeps the slate.',
    args: { recommendationId: t.arg.id({ required: true, description: 'Id of the slate.' }) },
    complexity: { field: 1500, multiplier: MAX_SLATE },
    resolve: (_, { recommendationId }, context) => readSlate(recommendationIdOf(recommendationId), context),
  }),
}))

builder.subscriptionField('recommendations', (t) =>
  t.field({
    type: Slate,
    description:
      'Sends a slate at once. Then sends a new slate after each action of the user, and for the other reasons that the enum `SlateTrigger` lists. Impressions, and other events whose type does not trigger slates, cause no new slate.',
    complexity: ({ input }, context) => slateCost(input, context),
    args: {
      input: t.arg({
        type: RecommendationsInput,
        required: true,
        description: 'The user for whom the slates are, where they are shown, and how many items they have.',
      }),
      minIntervalMs: t.arg.int({
        required: true,
        defaultValue: DEFAULT_MIN_INTERVAL_MS,
        description:
          'Shortest time between two slates of the subscription, in ms, 0 to 60,000. Changes that happen meanwhile lead to one slate.',
      }),
      refreshEveryMs: t.arg.int({
        description:
          'Also sends a new slate after this time without a change, in ms, 100 to 86,400,000. If absent, only changes cause slates.',
      }),
      onlyChanged: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: 'Sends only slates whose items or order changed.',
      }),
      unless: t.arg.id({ description: `${UNLESS}the first message is left out, and the new slate is not logged.` }),
      eventTypes: t.arg.stringList({
        description:
          'Event types that cause a new slate. If absent, the types that trigger slates in the domain. Impressions do not trigger slates. Otherwise, a screen would get a new slate each time it reports which items it shows.',
      }),
    },
    subscribe: async (_, { input, minIntervalMs, refreshEveryMs, onlyChanged, eventTypes, unless }, context) => {
      if (input.afterSlate != null) throw new LiverankError('BAD_USER_INPUT', NO_LIVE_PAGES)
      const request = slateRequest(input.userId, input, context)
      const options = {
        minIntervalMs: within('minIntervalMs', minIntervalMs, 0, 60_000),
        refreshEveryMs: refreshEveryMs == null ? undefined : within('refreshEveryMs', refreshEveryMs, 100, 86_400_000),
        onlyChanged,
        unless: slateId(unless),
        eventTypes: eventTypes == null ? undefined : atMost('eventTypes', eventTypes, 50),
      }
      const bytes = () => slateBytes(request)
      await context.storage.take(bytes)
      return context.storage.paced(refusalAsLast(context.service.liveSlates.subscribe(request, options)), bytes)
    },
    resolve: (slate) => {
      if (slate instanceof ForbiddenError) throw slate
      return slate
    },
  }),
)
