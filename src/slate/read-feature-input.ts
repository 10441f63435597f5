import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { askedOf, listsOf } from '../accumulators/cohort-reading.ts'
import { firstValueOf } from '../accumulators/counted-values.ts'
import {
  type Anchor,
  AttributeRows,
  AttributeValues,
  type CohortLists,
  type FeatureInput,
  type GivenStanding,
  type Session,
  SharedRows,
  type SourceStanding,
} from '../accumulators/feature-input.ts'
import { recentItems } from '../accumulators/item-to-item.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { NeighbourLists } from '../catalogue/neighbour-lists.ts'
import type { Domain } from '../domain/domain.ts'
import { UnreadableStateError } from '../errors.ts'
import { readStanding } from '../events/person.ts'
import { decayedValue } from '../state/decay.ts'
import { forgetExpired, whySilent } from '../state/expiry.ts'
import type { CountedValues, DeclaredAttributes } from '../state/log-entry.ts'
import type { SetView } from '../state/shared-sums.ts'
import { itemKey } from '../state/slots.ts'
import type { StateStore } from '../state/store.ts'
import { UserValue } from '../state/user-value.ts'

/** A user for whom a slate or an answer is made, with a state that the caller may use. */
export interface KnownUser {
  /** Id of the user. For a merged id, the user that it was merged into. */
  readonly userId: string
  readonly user: UserValue
}

/** The parts of the service from which a user is read. */
interface UserReader {
  readonly store: StateStore
  readonly accumulators: AccumulatorSet
  readonly domain: Domain
  /** Called if the stored state of a user cannot be read. The user then counts as new. */
  readonly onUnreadable?: (error: UnreadableStateError) => void
}

/**
 * Reads the user at `now`. A merged id gives the user that it was merged into. The user counts as new if nothing is known, if the
 * state has expired or cannot be read, or if the service is silent about the user (opt-out, or no consent).
 * @throws UnavailableError if the store does not answer
 */
export async function readKnownUser(reader: UserReader, userId: string, now: number): Promise<KnownUser> {
  const { id, value: user } = await readStanding(userId, async (id) => ({ id, value: await readUser(reader, id) }))
  forgetExpired(user, now, reader.domain.expiry)
  return { userId: id, user: whySilent(user, reader.domain, now) ? newcomer(user) : user }
}

async function readUser(reader: UserReader, userId: string): Promise<UserValue> {
  const [bytes] = await reader.store.readValues([{ kind: 'user', id: userId }])
  return decoded(reader, userId, bytes)
}

function decoded({ accumulators, onUnreadable }: UserReader, userId: string, bytes: Uint8Array | undefined): UserValue {
  try {
    return accumulators.codec.decodeOf(userId, bytes)
  } catch (error) {
    if (!(error instanceof UnreadableStateError)) throw error
    onUnreadable?.(error)
    return new UserValue()
  }
}

/** Someone who has opted out or has not consented, as recommendations and analysts see them: their version, which must not fall, and nothing else. */
function newcomer({ version }: UserValue): UserValue {
  const user = new UserValue()
  user.version = version
  user.optedOut = true
  return user
}

/** What features depend on beside stored state: the moment, the user, the situation, and the candidates. */
export interface FeatureRequest {
  readonly now: number
  readonly user: UserValue
  readonly session: Session | undefined
  readonly surface?: string | undefined
  readonly device?: string | undefined
  /** Declared attributes of the context of the request; none if absent. */
  readonly context?: CountedValues | undefined
  readonly itemIds: readonly string[]
  /** Uploaded neighbour lists that are served at `now`; none if absent. */
  readonly neighbourLists?: NeighbourLists | undefined
  /** Distinct items on screen; none if absent. */
  readonly onScreen?: readonly string[]
  readonly sources?: ReadonlyMap<string, SourceStanding>
  readonly given?: GivenStanding | undefined
  /** Whether to read the neighbours of the user's recent items, which is the slowest read. True if absent. */
  readonly anchors?: boolean
  /** Neighbours that were read already, by item key. */
  readonly neighbours?: ReadonlyMap<string, SetView>
  /** Sets of values of cohorts that were read already, by the key of their shared sums. */
  readonly cohorts?: ReadonlyMap<string, CohortLists>
}

const NO_CONTEXT: CountedValues = {}

/** Returns what the features of other items of the same slate are read for. */
export function momentOf({ now, user, session, surface, device, context, neighbourLists, onScreen }: FeatureInput) {
  return { now, user, session, surface, device, context, neighbourLists, onScreen }
}

const NO_COHORTS: ReadonlyMap<string, CohortLists> = new Map()
const NO_SOURCES: ReadonlyMap<string, SourceStanding> = new Map()

/** Reads the feature input of these items, with one read per kind of entity. */
export async function readFeatureInput(
  request: FeatureRequest,
  store: StateStore,
  accumulators: AccumulatorSet,
  domain: Domain,
  catalogue: Catalogue,
): Promise<FeatureInput> {
  const { now, user, session, itemIds } = request
  const { layout } = accumulators
  const { expiry, pairs } = domain
  const { lives } = catalogue
  const numbers = catalogue.numbersOf(itemIds)
  const attributes = itemIds.map((_, row) => catalogue.declaredOf(numbers[row]))
  const values = attributeValues(attributes, domain)
  if (request.surface !== undefined) values.add('surface', request.surface)
  const readsSets = itemIds.length > 0 && request.anchors !== false
  const asked = readsSets ? askedOf(domain.cohorts, user.attributes, request.context).values : []
  for (const { attribute, value, entity } of asked) values.add(attribute, value, entity)
  const recent = readsSets ? recentItems(user).filter(({ at }) => at >= now - expiry.pair) : []
  const anchorKeys = recent.map(({ itemId }) => itemKey(itemId))
  const unread = anchorKeys.filter((entity) => !request.neighbours?.has(entity))
  const unreadLists = asked.filter(({ entity }) => !request.cohorts?.has(entity))
  const unreadSets = unreadLists.flatMap(({ reads }) => reads)
  const [itemBlock, attributeBlock, sets, lists] = await Promise.all([
    store.readRows('item', [
      ...itemIds.map((itemId, row) => catalogue.keyOf(numbers[row]) ?? itemKey(itemId)),
      ...recent.map(({ itemId }) => lives.keyOf(itemId)),
    ]),
    store.readRows('attribute', values.keys),
    lives.readSets(
      store,
      unread.map((entity) => ({ entity, set: pairs.neighbours, limit: pairs.neighbours.capacity })),
    ),
    unreadSets.length === 0 ? [] : lives.readSets(store, unreadSets),
  ])
  const neighbours = new Map([...(request.neighbours ?? []), ...unread.map((entity, at) => [entity, sets[at]] as const)])
  const items = new SharedRows(layout, 'item', itemBlock, now, expiry.item)
  const attributeRows = new AttributeRows(new SharedRows(layout, 'attribute', attributeBlock, now, expiry.item), values)
  const strength = items.decayed(pairs.strength)
  const anchors: Anchor[] = recent.map(({ itemId, at }, a) => {
    const { epoch, latest, members, scores } = neighbours.get(anchorKeys[a])!
    const decay = decayedValue(1, epoch, Math.max(latest, now), pairs.neighbours.halfLife)
    const current = scores.map((score) => score * decay)
    return { itemId, at, neighbours: { epoch, latest, members, scores: current }, strength: strength(itemIds.length + a) }
  })
  return {
    now,
    expiry,
    user,
    session,
    surface: request.surface,
    device: request.device,
    context: request.context ?? NO_CONTEXT,
    itemIds,
    numbers,
    lives,
    attributes,
    vectors: catalogue.vectors,
    items,
    pairs,
    attributeRows,
    cohorts: asked.length === 0 ? NO_COHORTS : new Map([...(request.cohorts ?? []), ...listsOf(unreadLists, lists)]),
    anchors,
    neighbourLists: request.neighbourLists,
    onScreen: request.onScreen ?? [],
    sources: request.sources ?? NO_SOURCES,
    given: request.given,
  }
}

function attributeValues(attributes: readonly DeclaredAttributes[], domain: Domain): AttributeValues {
  const values = new AttributeValues()
  for (const [name, kind] of Object.entries(domain.attributes)) {
    if (kind !== 'key') continue
    for (const declared of attributes) {
      const first = firstValueOf(declared, name)
      if (first !== undefined) values.add(name, first)
    }
  }
  return values
}
