import { z } from 'zod'

/** What followers of a user are told: that something changed, never what a slate would show. */
const userSignal = z.object({
  userId: z.string(),
  version: z.number(),
  /** When the events were recorded, in ms of the wall clock of the process that did; absent for an upload. */
  recordedAt: z.number().optional(),
  /** Types of the events that changed the user; empty for an upload. */
  eventTypes: z.array(z.string()),
  /** Whose the id has become: they are to be followed from here on. */
  mergedInto: z.string().optional(),
  /** The user was erased: what follows begins anew, with versions that may be below earlier ones. */
  erased: z.boolean().optional(),
})

export type UserSignal = z.infer<typeof userSignal>

export function encodeSignal(signal: UserSignal): string {
  return JSON.stringify(signal)
}

/** What followers of a user who was erased are told. */
export function erasedSignal(userId: string): string {
  return encodeSignal({ userId, version: 0, eventTypes: [], erased: true })
}

export function decodeSignal(json: string): UserSignal {
  return userSignal.parse(JSON.parse(json))
}
