import { z } from 'zod'
import { strictObject } from './strict-object.ts'

const attributeValue = z.union([z.string(), z.number(), z.boolean()])

const bounds = {
  gt: z.number().exactOptional(),
  gte: z.number().exactOptional(),
  lt: z.number().exactOptional(),
  lte: z.number().exactOptional(),
}

const attributeCondition = strictObject({
  name: z.string(),
  eq: attributeValue.exactOptional(),
  in: z.array(attributeValue).exactOptional(),
  equalsUser: z.string().exactOptional(),
  inUser: z.array(z.string()).exactOptional(),
  equalsAnchor: z.string().exactOptional(),
  withinShareOfAnchor: z.number().exactOptional(),
  exists: z.boolean().exactOptional(),
  ...bounds,
})

const itemFilter = strictObject({
  get and() {
    return z.array(itemFilter).exactOptional()
  },
  get or() {
    return z.array(itemFilter).exactOptional()
  },
  get not() {
    return itemFilter.exactOptional()
  },
  attribute: attributeCondition.exactOptional(),
  user: attributeCondition.exactOptional(),
  feature: strictObject({ name: z.string(), exists: z.boolean().exactOptional(), ...bounds }).exactOptional(),
})

/** Schema of `seen`, the rule that leaves out items on which the user acted. `checkSeen` checks its values. */
export const seen = z.array(
  strictObject({
    types: z.array(z.string()).exactOptional().describe('Event types that count. If absent, all types but impressions.'),
    within: z
      .union(
        [
          strictObject({ session: z.literal(true).describe('Events since the start of the session of the request.') }),
          strictObject({ hours: z.number().describe('Events of so many last hours.') }),
          strictObject({ latestItems: z.number().describe('Events on so many latest items: 1 is the item of the last event.') }),
        ],
        { error: 'expected { "session": true }, or an object such as { "hours": 24 } or { "latestItems": 1 }' },
      )
      .exactOptional()
      .describe('Which part of these events counts. If absent, all that the service knows.'),
  }),
)

/** Schema of `Rules`. It checks shapes only; `checkRules` checks values, such as the range of a position. */
export const rules = strictObject({
  exclude: z.array(z.string()).exactOptional(),
  filter: itemFilter.exactOptional(),
  boost: z.array(strictObject({ filter: itemFilter, factor: z.number() })).exactOptional(),
  pin: z.array(strictObject({ itemId: z.string(), position: z.number() })).exactOptional(),
  limitPer: z
    .array(strictObject({ attribute: z.string(), limit: z.number(), filter: itemFilter.exactOptional() }))
    .exactOptional(),
  diversity: z.number().exactOptional(),
  seen: seen.exactOptional(),
  excludeSeen: z.boolean().exactOptional(),
  excludePurchased: z.boolean().exactOptional(),
})
