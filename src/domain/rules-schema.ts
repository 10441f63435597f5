import { z } from 'zod'
import { strictObject } from './strict-object.ts'

const attributeValue = z.union([z.string(), z.number(), z.boolean()])

const bounds = {
  gt: z.number().optional(),
  gte: z.number().optional(),
  lt: z.number().optional(),
  lte: z.number().optional(),
}

const itemFilter = strictObject({
  get and() {
    return z.array(itemFilter).optional()
  },
  get or() {
    return z.array(itemFilter).optional()
  },
  get not() {
    return itemFilter.optional()
  },
  attribute: strictObject({
    name: z.string(),
    eq: attributeValue.optional(),
    in: z.array(attributeValue).optional(),
    exists: z.boolean().optional(),
    ...bounds,
  }).optional(),
  feature: strictObject({ name: z.string(), exists: z.boolean().optional(), ...bounds }).optional(),
})

/** Schema of `Rules`. It checks shapes only; `checkRules` checks values, such as the range of a position. */
export const rules = strictObject({
  exclude: z.array(z.string()).optional(),
  filter: itemFilter.optional(),
  boost: z.array(strictObject({ filter: itemFilter, factor: z.number() })).optional(),
  pin: z.array(strictObject({ itemId: z.string(), position: z.number() })).optional(),
  limitPer: z.array(strictObject({ attribute: z.string(), limit: z.number() })).optional(),
  diversity: z.number().optional(),
  excludeSeen: z.boolean().optional(),
  excludePurchased: z.boolean().optional(),
})
