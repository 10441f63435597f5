import { KEPT_ITEMS } from '../accumulators/acted-item.ts'
import { type History, historySource } from '../candidates/recently-seen.ts'
import type { CandidateSource } from '../candidates/source.ts'
import type { SeenRule } from '../rules/seen-rule.ts'
import { makeSources, type SourceContext } from './built-in-sources.ts'
import type { MergedDefinition } from './definition.ts'
import type { Domain, Fading } from './domain.ts'

type OwnSurface = NonNullable<MergedDefinition['surfaces']>[string]

/** What a domain says about single surfaces, each by the name of the surface. */
export type ResolvedSurfaces = Required<Pick<Domain, 'surfaceSources' | 'surfaceFading' | 'surfaceSeen' | 'surfaceHistory'>>

/**
 * Returns what a definition says about single surfaces.
 * @param problems receives a sentence for each part that is invalid and left out
 */
export function surfacesOf({ surfaces = {} }: MergedDefinition, context: SourceContext, problems: string[]): ResolvedSurfaces {
  const surfaceSources: Record<string, readonly CandidateSource[]> = {}
  const surfaceFading: Record<string, Fading | undefined> = {}
  const surfaceSeen: Record<string, readonly SeenRule[]> = {}
  const surfaceHistory: Record<string, History> = {}
  for (const [surface, own] of Object.entries(surfaces)) {
    const place = `surfaces.${surface}`
    const sources = sourcesOf(place, own, context, problems)
    if (sources) surfaceSources[surface] = sources
    // A history loses nothing, and keeps its order, unless the domain says so.
    if (own.fading === false || (own.history && !own.fading)) surfaceFading[surface] = undefined
    else if (own.fading) surfaceFading[surface] = fadingOf(`${place}.fading`, own.fading, problems)
    const seen = own.seen ?? (own.history && [])
    if (seen) surfaceSeen[surface] = seen
    if (own.history) surfaceHistory[surface] = own.history
  }
  return { surfaceSources, surfaceFading, surfaceSeen, surfaceHistory }
}

function sourcesOf(place: string, { sources, history }: OwnSurface, context: SourceContext, problems: string[]) {
  if (history) {
    if (sources)
      problems.push(`${place}.sources: the surface has a history, which takes no sources. Remove sources, or set history: null.`)
    const { pairExpiry: knownFor, eventTypes } = context
    return [historySource(KEPT_ITEMS, history, { knownFor, eventTypes })]
  }
  return sources && makeSources(`${place}.sources`, sources, context, problems)
}

/**
 * Returns the fading of a definition; undefined if a part of it is missing.
 * @param place path of the fading, such as `surfaces.home.fading`
 */
export function fadingOf(place: string, { factor, halfLife }: Partial<Fading>, problems: string[]): Fading | undefined {
  if (factor !== undefined && halfLife !== undefined) return { factor, halfLife }
  problems.push(`${place}: ${factor === undefined ? 'factor' : 'halfLife'} is missing. Give both factor and halfLife.`)
  return undefined
}
