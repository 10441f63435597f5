import type { Accumulator, AttributeKind } from '../accumulators/accumulator.ts'
import type { Cohort } from '../accumulators/cohort.ts'
import type { AttributeDeclarations } from '../accumulators/counted-values.ts'
import type { CountingLimits } from '../accumulators/counting-limits.ts'
import type { EventMeaning } from '../accumulators/event-meaning.ts'
import type { PairSums } from '../accumulators/pair-sums.ts'
import type { CandidateSource } from '../candidates/source.ts'
import type { History } from '../candidates/users-items.ts'
import { InvalidInputError } from '../errors.ts'
import type { SeenRule } from '../rules/seen-rule.ts'
import type { ConsentRule, Expiry } from '../state/expiry.ts'
import type { JsonObject } from '../state/user-value.ts'
import type { Experiment, Exploration } from './experiment.ts'

/**
 * Configuration of one application, such as a shop, a job board or a news site: event types, attributes, sources, surfaces and
 * experiments.
 */
export interface Domain {
  readonly name: string
  readonly eventTypes: { readonly [eventType: string]: EventMeaning }
  /**
   * Item attributes that accumulators may read. A `key` attribute (a text or a list of texts) has values that accumulators count; a
   * `number` attribute is a number.
   */
  readonly attributes: { readonly [attribute: string]: AttributeKind }
  /** Attributes of users that count. */
  readonly userAttributes: AttributeDeclarations
  /** Attributes of the context of requests that count. */
  readonly contextAttributes: AttributeDeclarations
  /** Attributes of events that count, beside those that the service itself reads. */
  readonly eventAttributes: AttributeDeclarations
  readonly protectedAttributes: ProtectedAttributes
  /** Divisions of people by the values of declared attributes. */
  readonly cohorts: readonly Cohort[]
  /** Name of the item attribute that holds an embedding: a list of numbers by which items are compared. */
  readonly embedding?: string
  /**
   * Name of the item attribute whose value variants of one product share, such as sizes and colours. A slate has at most one item
   * per value.
   */
  readonly variantGroup?: string
  /**
   * Whether slates may show variants of the item on screen or in the basket, such as the next episode of a series. False if absent.
   */
  readonly showsOwnVariants?: boolean
  /** Surfaces that analysts see, and that are flags among the model features. Events may name other surfaces. */
  readonly surfaces: readonly string[]
  readonly expiry: Expiry
  /** Where pairs of items that the same users act on are counted, with the half-life of the domain. */
  readonly pairs: PairSums
  /** Maximum age, in ms, at which an event still counts. Its id stays known for as long. */
  readonly lateness: number
  /** Whether a user counts only after giving consent. A withdrawn consent is respected either way. */
  readonly consent: ConsentRule
  /** Limits beyond which events are logged but not counted. */
  readonly limits: CountingLimits
  /** Accumulators in the order in which their reducers run. */
  readonly accumulators: readonly Accumulator[]
  readonly sources: readonly CandidateSource[]
  /** Policies that are compared with each other, and the hold-out. */
  readonly experiment: Experiment
  /** Candidate sources by surface. They replace `sources` on that surface. */
  readonly surfaceSources?: { readonly [surface: string]: readonly CandidateSource[] }
  /** Diversity of slates, 0 to 1 (λ of `arrange`), if neither the request, the policy nor a standing rule sets it. 0 if absent. */
  readonly diversity?: number
  /** Items that slates leave out because the user acted on them, if no rule sets `seen`. None if absent. */
  readonly seen?: readonly SeenRule[]
  /** The same by surface. It replaces `seen` on that surface. */
  readonly surfaceSeen?: { readonly [surface: string]: readonly SeenRule[] }
  /**
   * Surfaces whose slates are the user's own items, latest first: no model ranks them, and nothing else fills them up. Their only
   * source, in `surfaceSources`, proposes these items.
   */
  readonly surfaceHistory?: { readonly [surface: string]: History }
  /** Fading of the scores of shown and ignored items in later slates. Scores do not fade if absent. */
  readonly fading?: Fading
  /** Fading by surface. It replaces `fading` on that surface; undefined turns fading off. */
  readonly surfaceFading?: { readonly [surface: string]: Fading | undefined }
  /** Exploration settings. No exploration if absent. */
  readonly exploration?: Exploration
}

/** Whether the service may use protected attributes, such as gender, and which ones. */
export interface ProtectedAttributes {
  /** Names of the protected attributes that are used nevertheless. */
  readonly use: readonly string[]
  /** Whether the domain is invalid if it uses any of them. */
  readonly refused: boolean
}

/** Returns the domain with another rule about consent; the domain itself if there is none. */
export function withConsent(domain: Domain, rule: ConsentRule | undefined): Domain {
  return rule === undefined ? domain : { ...domain, consent: rule }
}

/** The decay of an item's score with each impression that the user did not act on. */
export interface Fading {
  /** Factor by which one ignored impression multiplies the score; above 0 and below 1. */
  readonly factor: number
  /** Half-life of an impression's effect, in ms. */
  readonly halfLife: number
}

/** Returns the fading on a surface: its own, or else that of the domain. Undefined if scores do not fade. */
export function fadingOn({ fading, surfaceFading = {} }: Domain, surface: string | undefined): Fading | undefined {
  return surface !== undefined && Object.hasOwn(surfaceFading, surface) ? surfaceFading[surface] : fading
}

/** Returns which items slates on a surface leave out because the user acted on them, if no rule says otherwise. */
export function seenOn({ seen = [], surfaceSeen = {} }: Domain, surface: string | undefined): readonly SeenRule[] {
  return surface !== undefined && Object.hasOwn(surfaceSeen, surface) ? surfaceSeen[surface] : seen
}

/** Returns whether the slates of a surface are the user's own items, latest first. */
export function isHistory({ surfaceHistory = {} }: Domain, surface: string | undefined): boolean {
  return surface !== undefined && Object.hasOwn(surfaceHistory, surface)
}

/** Returns the candidate sources of a surface: its own, or else those of the domain. */
export function sourcesOn({ sources, surfaceSources = {} }: Domain, surface: string | undefined): readonly CandidateSource[] {
  return surface !== undefined && Object.hasOwn(surfaceSources, surface) ? surfaceSources[surface] : sources
}

/** Returns the distinct names of the sources in several lists. */
export function sourceNames(lists: readonly (readonly CandidateSource[])[]): string[] {
  return [...new Set(lists.flat().map(({ name }) => name))]
}

/** Returns whether an attribute of users may be used: a protected one only if the domain says so. */
function isUsable(name: string, { userAttributes }: Pick<Domain, 'userAttributes'>): boolean {
  return !Object.hasOwn(userAttributes, name) || userAttributes[name].isUsed
}

/** Returns the attributes of a user without the protected ones that the domain does not use. */
export function usableAttributes(attributes: JsonObject, domain: Pick<Domain, 'userAttributes'>): JsonObject {
  const mayUse = (name: string) => isUsable(name, domain)
  const names = Object.keys(attributes)
  return names.every(mayUse) ? attributes : Object.fromEntries(names.filter(mayUse).map((name) => [name, attributes[name]]))
}

/** @throws InvalidInputError for a protected attribute that the domain does not use */
export function refuseUnused(name: string, path: string, domain: Pick<Domain, 'userAttributes'>): void {
  if (isUsable(name, domain)) return
  const message = `${path}: the domain protects the attribute ${name} of users. Name another attribute, or add ${name} to protectedAttributes.use in the domain.`
  throw new InvalidInputError(message, path)
}
