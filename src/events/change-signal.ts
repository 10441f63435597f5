import { z } from 'zod'

/** What followers of a user are told: that something changed, never what a slate would show. */
const userSignal = z.object({
  userId: z.string(),
  version: z.number(),
  /** Time of recording, in ms of the wall clock of the recording process; absent for an upload. */
  recordedAt: z.number().optional(),
  /** Types of the events that changed the user; empty for an upload. */
  eventTypes: z.array(z.string()),
  /** Id of the user that this id was merged into; follow that user from now on. */
  mergedInto: z.string().optional(),
  /** Set if the user was erased: state begins anew, and versions may be lower than before. */
  erased: z.boolean().optional(),
})

export type UserSignal = z.infer<typeof userSignal>

/** Encodes a signal as JSON. */
export function encodeSignal(signal: UserSignal): string {
  return JSON.stringify(signal)
}

/** Makes the signal that followers of an erased user receive. */
export function erasedSignal(userId: string): string {
  return encodeSignal({ userId, version: 0, eventTypes: [], erased: true })
}

/** Decodes a signal. @throws SyntaxError if the text is not JSON @throws ZodError if the signal is invalid */
export function decodeSignal(json: string): UserSignal {
  return userSignal.parse(JSON.parse(json))
}
