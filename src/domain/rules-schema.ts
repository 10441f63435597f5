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
  excludeSeen: z.boolean().exactOptional(),
  excludePurchased: z.boolean().exactOptional(),
})
