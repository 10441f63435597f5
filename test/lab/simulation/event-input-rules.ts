import { z } from 'zod'

const id = z.string().min(1).max(128)

/** What EventInput asks of an event, written once more and apart from the simulator. */
export const eventInputRules = z.strictObject({
  eventId: id,
  userId: id,
  itemId: id.optional(),
  eventType: id,
  eventAttributes: z
    .record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()]))
    .refine((attributes) => Buffer.byteLength(JSON.stringify(attributes)) < 8192, 'attributes are below 8 KB')
    .optional(),
  timestamp: z.int().positive(),
  sessionId: id.optional(),
  recommendationId: id.optional(),
  positions: z.array(z.int().positive()).min(1).optional(),
})
