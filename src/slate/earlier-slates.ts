import { z } from 'zod'
import { decodeServed, decodeSlate } from '../state/slate-codec.ts'
import type { StateStore } from '../state/store.ts'
import { MINUTE } from '../time-units.ts'
import type { KnownUser } from './read-feature-input.ts'
import type { After, Slate, SlateWarning } from './slate.ts'

/** The slate that a client shows: items of a slate that was served to this user, from the top. */
export interface SlateOnScreen {
  readonly version: number
  readonly itemIds: readonly string[]
}

/**
 * Reads the slate that a client shows.
 * @returns undefined if the slate is unknown, no longer kept, or of another user
 * @throws UnavailableError if the store does not answer
 */
export async function readSlateOnScreen(
  store: Pick<StateStore, 'getSlate'>,
  recommendationId: string,
  userId: string,
): Promise<SlateOnScreen | undefined> {
  const bytes = await store.getSlate(recommendationId)
  if (bytes === undefined) return undefined
  const slate = decodeServed(bytes)
  // Of another user's slate, nothing may be learned: not even whether it shows the same items.
  if (slate.userId !== userId) return undefined
  return { version: slate.version, itemIds: slate.items }
}

/**
 * Returns whether a client that shows the one need not get the other: the items and their order are the same. A client must get a
 * slate whose version is below that on the screen, because it takes no later slate below it.
 */
export function isOnScreen({ version, items }: Pick<Slate, 'version' | 'items'>, onScreen: SlateOnScreen): boolean {
  if (version < onScreen.version) return false
  return !differs(
    items.map(({ itemId }) => itemId),
    onScreen.itemIds,
  )
}

/** Returns whether two slates show other items, or the same in another order. */
export function differs(a: readonly string[], b: readonly string[]): boolean {
  return a.length !== b.length || a.some((itemId, at) => itemId !== b[at])
}

/** Time after a slate was made in which a request may continue it, in ms of the clock of features. */
export const GOES_ON_FOR = 30 * MINUTE
/** Most items of earlier slates that a slate leaves out: the latest. A slate keeps and logs their ids. */
export const MAX_EARLIER = 1000

/** The items that a slate leaves out because earlier slates of the same feed showed them. */
export interface EarlierSlates {
  /** Items of the earlier slates, each once, the oldest first. */
  readonly itemIds: readonly string[]
  readonly warnings: readonly SlateWarning[]
}

const NONE: EarlierSlates = { itemIds: [], warnings: [] }

/** The same for a slate of somebody else as for an id of no slate, so that nobody learns that such a slate exists. */
const AFTER_UNKNOWN: SlateWarning = {
  code: 'AFTER_UNKNOWN',
  message:
    'The service does not know the slate of `afterSlate`, so this slate may repeat its items. Pass a slate of the same user that is at most 30 minutes old.',
  field: 'afterSlate',
}

const AFTER_SHORTENED: SlateWarning = {
  code: 'AFTER_SHORTENED',
  message: `The slates before this one have more than ${MAX_EARLIER} items. This slate leaves out the latest ${MAX_EARLIER} of them, and may repeat the others.`,
  field: 'afterSlate',
}

const onScreen = z.object({
  userId: z.string(),
  generatedAt: z.number(),
  items: z.array(z.object({ itemId: z.string() })),
  earlier: z.array(z.string()).default([]),
})

/** The slate that a request goes on from, with the items of the slates before it. */
export type OnScreen = z.infer<typeof onScreen>

/**
 * Reads the slate that a request goes on from.
 * @returns undefined if the request names none, or if the service does not keep it
 * @throws UnavailableError if the store does not answer
 */
export async function readOnScreen(store: Pick<StateStore, 'getSlate'>, after: After | undefined): Promise<OnScreen | undefined> {
  if (!after || 'itemIds' in after) return undefined
  const bytes = await store.getSlate(after.recommendationId)
  return bytes && onScreen.parse(decodeSlate(after.recommendationId, bytes))
}

/**
 * Returns the items that a slate leaves out because earlier slates showed them. They must be slates of the same person, who may
 * have had another id before a merge.
 * @param screen the slate that the request goes on from; undefined if it is unknown
 * @param ownerOf returns the user that an id stands for now
 */
export async function earlierSlates(
  after: After | undefined,
  screen: OnScreen | undefined,
  { userId, user }: KnownUser,
  now: number,
  ownerOf: (userId: string) => Promise<string>,
): Promise<EarlierSlates> {
  if (!after) return NONE
  if ('itemIds' in after) return { itemIds: after.itemIds, warnings: [] }
  // Of someone who has opted out, nothing that is stored is used.
  const isKnown = screen !== undefined && !user.optedOut && now - screen.generatedAt <= GOES_ON_FOR
  if (!isKnown || (screen.userId !== userId && (await ownerOf(screen.userId)) !== userId))
    return { itemIds: [], warnings: [AFTER_UNKNOWN] }
  const itemIds = [...screen.earlier, ...screen.items.map(({ itemId }) => itemId)]
  if (itemIds.length <= MAX_EARLIER) return { itemIds, warnings: [] }
  return { itemIds: itemIds.slice(-MAX_EARLIER), warnings: [AFTER_SHORTENED] }
}
