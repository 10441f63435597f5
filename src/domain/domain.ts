import type { Accumulator, AttributeKind } from '../accumulators/accumulator.ts'
import { type EventMeaning, UNDECLARED } from '../accumulators/event-meaning.ts'
import type { CountingLimits } from '../accumulators/rate-counters.ts'
import type { CandidateSource } from '../candidates/source.ts'
import type { Expiry } from '../state/expiry.ts'
import type { Exploration } from './exploration-settings.ts'
import type { Experiment } from './policy.ts'

/** Everything that a team adapts to its own shop, job board or news site. */
export interface Domain {
  readonly name: string
  readonly eventTypes: { readonly [eventType: string]: EventMeaning }
  /** Item attributes that accumulators may use. A `key` has values that are counted (a text, or a list of texts). */
  readonly attributes: { readonly [attribute: string]: AttributeKind }
  /** The item attribute, if any, that holds a vector (a list of numbers) by which items are compared. */
  readonly embedding?: string
  /** The item attribute, if any, that variants of one thing share, such as sizes and colours: a slate has at most one of them. */
  readonly variantGroup?: string
  /** Whether variants of what is on screen, or in the basket, may be shown, as the next episode of a series is; not if absent. */
  readonly showsOwnVariants?: boolean
  /** Where slates are shown. Events may name others: these are those that analysts see, and that are flags for the model. */
  readonly surfaces: readonly string[]
  readonly expiry: Expiry
  /** How long after an event happened it still counts, and its id stays known, in ms. */
  readonly lateness: number
  /** What is logged and not counted. */
  readonly limits: CountingLimits
  /** In the order in which their reducers run. */
  readonly accumulators: readonly Accumulator[]
  readonly sources: readonly CandidateSource[]
  /** Ways to make slates that are compared with each other. */
  readonly experiment: Experiment
  /** On surfaces where others take part, or with other quotas: these alone. */
  readonly surfaceSources?: { readonly [surface: string]: readonly CandidateSource[] }
  /** Diversity of slates (λ of `arrange`), from 0 to 1, where neither the request nor the policy nor a standing rule says; 0 if absent. */
  readonly diversity?: number
  /** How what was shown and ignored sinks in later slates; it stays where it is if absent. */
  readonly fading?: Fading
  /** On surfaces where it sinks otherwise. */
  readonly surfaceFading?: { readonly [surface: string]: Fading | undefined }
  /** What is shown to learn; absent: nothing. */
  readonly exploration?: Exploration
}

/** How what was shown and not acted on sinks. */
export interface Fading {
  /** Share of its score that is left after one such impression: above 0, and below 1. */
  readonly factor: number
  /** After how long an impression counts half, in ms. */
  readonly halfLife: number
}

export function fadingOn({ fading, surfaceFading = {} }: Domain, surface: string | undefined): Fading | undefined {
  return surface !== undefined && Object.hasOwn(surfaceFading, surface) ? surfaceFading[surface] : fading
}

export function sourcesOn({ sources, surfaceSources = {} }: Domain, surface: string | undefined): readonly CandidateSource[] {
  return surface !== undefined && Object.hasOwn(surfaceSources, surface) ? surfaceSources[surface] : sources
}

/** Names of all sources that take part anywhere. */
export function sourceNames(lists: readonly (readonly CandidateSource[])[]): string[] {
  return [...new Set(lists.flat().map(({ name }) => name))]
}

export function meaningOf(domain: Domain, eventType: string): EventMeaning {
  return Object.hasOwn(domain.eventTypes, eventType) ? domain.eventTypes[eventType] : UNDECLARED
}
