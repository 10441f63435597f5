import { resolveCursorConnection } from '@pothos/plugin-relay'
import { findUsers } from '../analysis/find-users.ts'
import { comparePlaces, type Place } from '../analysis/sort-order.ts'
import { refuseUnused } from '../domain/domain.ts'
import type { CompiledFilter } from '../rules/compiled-filter.ts'
import { compileAlone } from '../rules/filter-binder.ts'
import { attributesOf, checkFilter, type ItemFilterInput, refuseRelation } from '../rules/item-filter.ts'
import { numberFeature, OF_USERS } from '../rules/rule-features.ts'
import type { Service } from '../service/service.ts'
import { mapInTurns } from '../turns.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { AttributeCondition, FeatureCondition } from './item-filter.ts'
import { OrderDirection } from './items.ts'
import { pageSizes, withoutEmptyCursors } from './pages.ts'
import { filterCost } from './slate-cost.ts'
import { cursorOf, placeAt, sortOrder } from './sorted-list.ts'
import { readUser, USERS_A_TURN, User, type UserModel } from './user.ts'

const UserFilter = builder.inputRef<ItemFilterInput>('UserFilter')
UserFilter.implement({
  description: 'Selects users. Pass exactly one field. To join several filters, use `and`. `and: []` selects every user.',
  isOneOf: true,
  fields: (t) => ({
    and: t.field({ type: [UserFilter], description: 'All of these filters select the user.' }),
    or: t.field({ type: [UserFilter], description: 'At least one of these filters selects the user.' }),
    not: t.field({ type: UserFilter, description: 'This filter does not select the user.' }),
    attribute: t.field({
      type: AttributeCondition,
      description:
        'An uploaded attribute of the user meets this condition. The domain may protect attributes, such as the age: a filter may not name them then.',
    }),
    feature: t.field({
      type: FeatureCondition,
      description: 'A feature about users, such as `user_events`, meets this condition.',
    }),
  }),
})

const UserOrderInput = builder.inputType('UserOrder', {
  description: 'By what a list of users is ordered. Pass exactly one field.',
  isOneOf: true,
  fields: (t) => ({
    attribute: t.string({
      description:
        'Name of an uploaded attribute. If its values are of several types, they are ordered by type: in ascending order, first true and false, then numbers, then texts. Descending order is the reverse.',
    }),
    feature: t.string({ description: 'Name of a feature about users that consists of a single number, such as `user_events`.' }),
  }),
})

const UserEdge = builder.edgeObject({ type: User, name: 'UserEdge' })
const UserConnection = builder.connectionObject(
  {
    type: User,
    name: 'UserConnection',
    description:
      'One page of a list of users. The service selects and orders users by a copy of their data (a snapshot), not by the newest data.',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description: 'Number of users of the snapshot that match the filter.',
        resolve: ({ totalCount }) => totalCount,
      }),
      asOf: t.field({
        type: 'DateTime',
        description: 'Time at which the service made the snapshot, at most 5 seconds before the answer.',
        resolve: ({ asOf = 0 }) => new Date(asOf),
      }),
      sampled: t.boolean({
        description:
          'True if there are more than about 2,000 users: the list then has only a random part of them. False if it has all users. The command `liverank export` always exports all users.',
        resolve: ({ isSampled = false }) => isSampled,
      }),
    }),
  },
  UserEdge,
)

/** Cost of filtering and sorting a snapshot of 2,000 users, and of a share of reading it. */
const SNAPSHOT_COST = 5000
/** Cost of reading a user. */
const USER_COST = 100

builder.queryField('users', (t) =>
  t.connection(
    {
      type: User,
      nullable: true,
      description:
        'Users with events, sorted by `userId` unless `orderBy` is given. Users who opted out are not among them. The service selects and orders users by a copy of their values (a snapshot), which is at most 5 seconds old.',
      args: {
        filter: t.arg({
          type: UserFilter,
          description: 'Only users that this filter selects. If absent, all users of the snapshot (see the query `users`).',
        }),
        orderBy: t.arg({
          type: UserOrderInput,
          description:
            'What the users are ordered by. If absent, by `userId`. Users with equal values are ordered by `userId`. Users without the value come last in both directions.',
        }),
        direction: t.arg({
          type: OrderDirection,
          required: true,
          defaultValue: 'DESC',
          description: 'Direction of the order by `orderBy`. An order by `userId` is always ascending.',
        }),
      },
      complexity: ({ first, last, filter }) => {
        const users = first ?? last ?? 20
        return { field: SNAPSHOT_COST + USER_COST * users + filterCost(filter), multiplier: users }
      },
      resolve: async (_, { filter, orderBy, direction, ...args }, context) => {
        const { service } = context
        const sizes = pageSizes(args)
        if (orderBy?.attribute != null) refuseUnused(orderBy.attribute, 'orderBy.attribute', service.domain)
        const order = sortOrder(orderBy, direction, service.accumulators, OF_USERS)
        const { asOf, isSampled, places } = await findUsers(service.snapshots, userFilter(filter, service), order)
        const placeOf = new Map<UserModel, Place>()
        const connection = await resolveCursorConnection<Promise<UserModel[]>>(
          { args: sizes, defaultSize: 20, maxSize: 500, toCursor: (user) => cursorOf(placeOf.get(user)!) },
          async ({ before, after, limit, inverted }) => {
            const [from, to] = [placeAt(after), placeAt(before)]
            const within = places.filter(
              (place) => (!from || comparePlaces(place, from, order) > 0) && (!to || comparePlaces(place, to, order) < 0),
            )
            const found = await firstKnown(inverted ? within.reverse() : within, limit, context)
            for (const { user, place } of found) placeOf.set(user, place)
            return found.map(({ user }) => user)
          },
        )
        return { ...withoutEmptyCursors(connection), totalCount: places.length, asOf, isSampled }
      },
    },
    UserConnection,
    UserEdge,
  ),
)

/** Reads the users at the first places; of those that were erased since the snapshot, others take the places. */
async function firstKnown(
  places: readonly Place[],
  limit: number,
  context: Context,
): Promise<{ user: UserModel; place: Place }[]> {
  const found: { user: UserModel; place: Place }[] = []
  for (let start = 0; start < places.length && found.length < limit; ) {
    const read = places.slice(start, start + limit - found.length)
    start += read.length
    const users = await mapInTurns(read, USERS_A_TURN, ({ id }) => readUser(context, id))
    users.forEach((user, at) => {
      if (user) found.push({ user, place: read[at] })
    })
  }
  return found
}

/** @throws LiverankError BAD_USER_INPUT with the path of the invalid part, such as a protected attribute */
function userFilter(input: ItemFilterInput | null | undefined, { accumulators, domain }: Service): CompiledFilter | undefined {
  if (!input) return undefined
  const checkFeature = (name: string, at: string) => void numberFeature(accumulators, OF_USERS, name, at)
  const filter = checkFilter(input, { path: 'filter', checkFeature, checkRelation: refuseRelation })
  for (const { name, path } of attributesOf(filter, 'filter')) refuseUnused(name, path, domain)
  return compileAlone(filter)
}
