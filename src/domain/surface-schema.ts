import { z } from 'zod'
import type { CandidateSource } from '../candidates/source.ts'
import { duration } from './duration.ts'
import { seen } from './rules-schema.ts'
import { strictObject } from './strict-object.ts'

/** Schema of the share and the place of exploration. */
export const exploration = {
  position: z.number().exactOptional().describe('Position of the exploration slot; 1 is the top.'),
  share: z.number().exactOptional().describe('Share of the slates with an exploration slot, 0 to 1.'),
  randomised: z.number().exactOptional().describe('Share of the slates whose whole order is drawn, 0 to 1.'),
}

/** Schema of the decay of scores of ignored items. */
export const fading = strictObject({
  factor: z.number().exactOptional().describe('Share of the score that is left after one ignored impression: above 0, below 1.'),
  halfLife: duration.exactOptional().describe('After how long an impression counts half.'),
})

/** Returns whether a value is a candidate source object of a module, rather than the parameters of a built-in source. */
export function isSource(value: unknown): value is CandidateSource {
  if (typeof value !== 'object' || value === null || !('reads' in value && 'candidates' in value)) return false
  return typeof value.reads === 'function' && typeof value.candidates === 'function'
}

const sourceParameters = strictObject({
  quota: z.number().exactOptional().describe('How many candidates the source may bring.'),
  attributes: z
    .array(z.string())
    .exactOptional()
    .describe('For favourites only: declared key attributes. The default is all of them.'),
})

const quotaAlone = z.number().transform((quota): z.output<typeof sourceParameters> => ({ quota }))

/**
 * Schema of candidate sources by name, in the order in which the domain lists them. Each is a quota, parameters, or the source
 * object of a module.
 */
export const sourcesSchema = z.record(
  z.string(),
  z
    .union([quotaAlone, sourceParameters, z.custom<CandidateSource>(isSource)], {
      error: 'expected a quota such as 40, or an object such as { "quota": 40 }',
    })
    .nullable(),
)

const history = strictObject({
  types: z
    .array(z.string())
    .exactOptional()
    .describe('Event types that bring an item into the history. If absent, all types but impressions.'),
  until: z
    .array(z.string())
    .exactOptional()
    .describe('Event types that take an item out again, such as complete, until an event of `types` follows.'),
})

/** Schema of what a domain says about one surface. */
export const surface = strictObject({
  sources: sourcesSchema.nullable().exactOptional().describe('Sources of this surface. They replace those of the domain.'),
  exploration: strictObject(exploration).nullable().exactOptional().describe('Settings that differ from exploration.elsewhere.'),
  fading: z
    .union([fading, z.literal(false)])
    .nullable()
    .exactOptional()
    .describe('Fading on this surface; false for none.'),
  seen: seen.nullable().exactOptional().describe('The rule seen on this surface. It replaces that of the domain.'),
  history: history
    .nullable()
    .exactOptional()
    .describe('Makes slates of items on which the user acted, latest first, in place of recommendations.'),
})
