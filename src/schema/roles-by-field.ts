import { actsFor, type Principal, type Role } from '../auth/principal.ts'
import type { NodeId } from './node-id.ts'

/** The callers that may use a field of Query, Mutation or Subscription. */
export interface RootAccess {
  readonly roles: readonly Role[]
  /**
   * Whether the caller, who has one of the roles, may use the field with these arguments. Absent: with any.
   * @param args arguments as clients send them, after validation; ids of nodes are decoded
   */
  readonly permits?: (principal: Principal, args: never) => boolean
  /** Condition that `permits` sets for a device, as the reference page describes it. */
  readonly condition?: string
}

const EVERYONE: readonly Role[] = ['device', 'backend', 'analyst', 'admin']
const WRITERS: readonly Role[] = ['device', 'backend', 'admin']
const SERVERS: readonly Role[] = ['backend', 'admin']
const READERS: readonly Role[] = ['analyst', 'admin']
const ADMINS: readonly Role[] = ['admin']

/** All but devices: what an integrator needs to know. */
const INTEGRATORS: readonly Role[] = ['backend', ...READERS]

const OWN = 'own user'

/** A field with the argument `userId`. */
const ofUser = (roles: readonly Role[]): RootAccess => ({
  roles,
  permits: (principal, { userId }: { userId: string }) => actsFor(principal, userId),
  condition: OWN,
})

const slates: RootAccess = {
  roles: EVERYONE,
  permits: (principal, { input }: { input: { userId: string; preview?: boolean | null } }) =>
    actsFor(principal, input.userId) && (!input.preview || READERS.includes(principal.role)),
  // Also in `RecordEventPayload.recommendations`: see `rulesOf`.
  condition: `${OWN}, no preview, neither features nor user attributes in rules`,
}

/**
 * The access to each field of Query, Mutation and Subscription. The schema is not built if a field is missing here. A device may
 * use the fields of its role for its own user only.
 */
export const ROOT_ACCESS: Readonly<Record<string, RootAccess>> = {
  'Query.accumulators': { roles: READERS },
  'Query.attributeFeatures': { roles: READERS },
  'Query.auditLog': { roles: ADMINS },
  'Query.cohortValues': { roles: READERS },
  'Query.declaredAttributes': { roles: INTEGRATORS },
  'Query.eventTypes': { roles: INTEGRATORS },
  'Query.exportUser': { roles: ADMINS },
  'Query.featureSummary': { roles: READERS },
  'Query.item': { roles: EVERYONE },
  'Query.itemFeatures': { roles: READERS },
  'Query.itemAttributes': { roles: INTEGRATORS },
  'Query.items': { roles: READERS },
  'Query.keys': { roles: ADMINS },
  'Query.models': { roles: READERS },
  // Which nodes: see `mayReadNode`.
  'Query.node': {
    roles: EVERYONE,
    permits: (principal, { id }: { id: NodeId }) => mayReadNode(principal, id),
    condition: 'items, own user, own slates and events',
  },
  'Query.nodes': { roles: EVERYONE, condition: 'items, own user, own slates and events' },
  'Query.policyReport': { roles: READERS },
  'Query.recommendations': slates,
  'Query.sessionFeatures': { roles: READERS },
  'Query.similarItems': { roles: EVERYONE },
  // Whose slate it is shows when it is read.
  'Query.slate': { roles: EVERYONE, condition: OWN },
  'Query.standingRules': { roles: READERS },
  'Query.status': { roles: READERS },
  'Query.surfaces': { roles: INTEGRATORS },
  // Which conditions: see `itemFilter`.
  'Query.trending': { roles: EVERYONE, condition: 'no features in the filter' },
  'Query.user': ofUser(EVERYONE),
  'Query.userFeatures': { roles: READERS },
  'Query.userItemFeatures': { roles: READERS },
  'Query.users': { roles: READERS },
  'Mutation.activateModel': { roles: ADMINS },
  'Mutation.createKey': { roles: ADMINS },
  'Mutation.deleteItems': { roles: SERVERS },
  'Mutation.eraseUser': { roles: ADMINS },
  // The token of the other user is checked when the merge is asked for.
  'Mutation.mergeUsers': {
    roles: WRITERS,
    permits: (principal, { input: { into, fromToken } }: { input: { into: string; fromToken?: string | null } }) =>
      principal.role !== 'device' || (actsFor(principal, into) && fromToken != null),
    condition: 'into own user, with `fromToken`',
  },
  'Mutation.recordEvent': {
    roles: WRITERS,
    permits: (principal, { input }: { input: { userId: string } }) => actsFor(principal, input.userId),
    condition: OWN,
  },
  // Row by row: see `recordEvents`.
  'Mutation.recordEvents': { roles: WRITERS, condition: 'events of own user' },
  'Mutation.registerModel': { roles: ADMINS },
  'Mutation.removeRules': { roles: ADMINS },
  'Mutation.renewToken': { roles: EVERYONE },
  'Mutation.retireModel': { roles: ADMINS },
  'Mutation.revokeKey': { roles: ADMINS },
  'Mutation.serveNeighbourLists': { roles: ADMINS },
  'Mutation.setRules': { roles: ADMINS },
  'Mutation.shadowModel': { roles: ADMINS },
  'Mutation.uploadModel': { roles: ADMINS },
  'Mutation.uploadNeighbourLists': { roles: ADMINS },
  'Mutation.uploadOfflineRecommendations': { roles: SERVERS },
  'Mutation.upsertItems': { roles: SERVERS },
  'Mutation.upsertUsers': {
    roles: WRITERS,
    permits: (principal, { input }: { input: { users: readonly { userId: string; attributes: object }[] } }) =>
      principal.role !== 'device' ||
      input.users.every(({ userId, attributes }) => actsFor(principal, userId) && Object.keys(attributes).length === 0),
    condition: `${OWN}, no attributes`,
  },
  'Subscription.recommendations': slates,
  'Subscription.userFeatures': { roles: READERS },
}

/** Fields of other types that some roles may not use, although they may use the type. */
export const FIELD_ACCESS: Readonly<Record<string, readonly Role[]>> = {
  // How much people act on items is a number of the business: no app needs it.
  'CandidateSource.score': INTEGRATORS,
  'Item.feature': READERS,
  'Item.features': READERS,
  'Policy.share': READERS,
  'Recommendation.baseScore': READERS,
  'Recommendation.contributions': READERS,
  'Recommendation.features': READERS,
  'ScoredItem.score': INTEGRATORS,
  'Surface.explorationPosition': INTEGRATORS,
  'Surface.sources': INTEGRATORS,
  'User.attributes': INTEGRATORS,
  'User.feature': READERS,
  'User.features': READERS,
}

/** Fields of `FIELD_ACCESS` that every role may read of some objects. A page may leave out items that resemble another too little. */
export const OPEN_OBJECTS: Readonly<Record<string, (parent: object) => boolean>> = {
  'ScoredItem.score': (item) => 'similarBy' in item,
}

/** Fields of inputs that no device may use: `slates` above and `item-filter.ts` refuse them. They are not in device.graphql. */
export const CLOSED_INPUTS: ReadonlySet<string> = new Set([
  'AttributeCondition.equalsUser',
  'AttributeCondition.inUser',
  'ItemFilter.feature',
  'ItemFilter.user',
  'RecommendationsInput.preview',
])

/** Tells whether the caller may read the node of this type and id. */
export function mayReadNode(principal: Principal, { typename, id }: NodeId): boolean {
  switch (typename) {
    case 'User':
      return actsFor(principal, id)
    case 'Model':
      return READERS.includes(principal.role)
    case 'ApiKey':
      return ADMINS.includes(principal.role)
    default:
      // Items are for all. Whose a slate or an event is shows when it is read.
      return typename === 'Item' || typename === 'Slate' || typename === 'Event'
  }
}
