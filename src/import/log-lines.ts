import { z } from 'zod'
import type { EventInput } from '../events/validate-event.ts'

/** An event of a log: an EventInput whose id and time are there. */
export type LoggedEvent = EventInput & { readonly eventId: string; readonly timestamp: number }

/** What the log calls a session: events of a user under one sessionId; without ids, of the user. */
export function sessionKeyOf({ userId, sessionId }: Pick<LoggedEvent, 'userId' | 'sessionId'>): string {
  return `${userId}\0${sessionId ?? ''}`
}

const json = z.record(z.string(), z.json())

export const eventLine = z.object({
  eventId: z.string(),
  userId: z.string(),
  itemId: z.string().optional(),
  eventType: z.string(),
  eventAttributes: json.optional(),
  timestamp: z.number().int().positive(),
  sessionId: z.string().optional(),
  recommendationId: z.string().optional(),
  positions: z.array(z.number()).optional(),
})

export const itemLine = z.object({ itemId: z.string(), attributes: json, available: z.boolean().optional() })
export type LoggedItem = z.infer<typeof itemLine>

export const slateLine = z.object({
  recommendationId: z.string(),
  userId: z.string(),
  surface: z.string().nullish(),
  device: z.string().nullish(),
  generatedAt: z.number().int().positive(),
  version: z.number().optional(),
  items: z.array(z.object({ itemId: z.string() })),
})
/** A slate as the service logged it. Its items stand in order, the top first. */
export type LoggedSlate = z.infer<typeof slateLine> & {
  /** Of a log that has slates in their places: its number among them, counted down from -1, apart from those of events. */
  readonly decision?: number
}

/** A slate as it stands in a log of the service. @throws when it is none */
export function parseSlate(slate: unknown): LoggedSlate {
  return slateLine.parse(slate)
}

/** @returns what the line says; a text that says what is wrong with it, where it does not follow the schema */
export function parseLine<T>(schema: z.ZodType<T>, line: string): T | string {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    return 'the line is not JSON'
  }
  const result = schema.safeParse(parsed)
  if (result.success) return result.data
  const [issue] = result.error.issues
  return `${issue.path.join('.')}: ${issue.message}`
}
