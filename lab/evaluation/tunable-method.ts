import type { Random } from '../random.ts'
import type { ScoredItems } from './ranked-items.ts'
import type { SessionIndex } from './session-index.ts'
import type { SessionAsked } from './session-knn.ts'

/** Parameters of a method, by name, as reports show them. */
export type Parameters = Readonly<Record<string, string | number>>

/** A method that scores items for a session, with its parameters. */
export interface Variant {
  readonly parameters: Parameters
  /** Scores items by the sessions learned so far. */
  score(index: SessionIndex, session: SessionAsked): ScoredItems
}

/** A method with parameters to choose. */
export interface TunableMethod {
  /** Returns the standard variant first, then others drawn at random: distinct ones, at most so many in total. */
  variants(most: number, random: Random): Variant[]
}

/** What the parameters of a method may be: text or numbers. */
export type OptionsOf<Options> = { readonly [Name in keyof Options]: string | number }

/** Values of each parameter to draw from. */
export type Choices<Options> = { readonly [Name in keyof Options]: readonly Options[Name][] }

/**
 * Makes a method tunable.
 * @param choices values of each parameter; if undefined, the standard is the only variant
 * @param scoreWith called once for each variant; returns how it scores
 */
export function tunable<Options extends OptionsOf<Options>>(
  standard: Options,
  choices: Choices<Options> | undefined,
  scoreWith: (options: Options) => Variant['score'],
): TunableMethod {
  return {
    variants(most, random) {
      const drawn = new Map([[JSON.stringify(standard), standard]])
      for (let draw = 1; choices && draw < most; draw++) {
        const options = drawOptions(standard, choices, random)
        drawn.set(JSON.stringify(options), options)
      }
      return [...drawn.values()].map((options) => ({ parameters: { ...options }, score: scoreWith(options) }))
    },
  }
}

function drawOptions<Options extends object>(standard: Options, choices: Choices<Options>, random: Random): Options {
  const options = { ...standard }
  for (const name of Object.keys(standard) as (keyof Options)[])
    options[name] = choices[name][random.integer(0, choices[name].length - 1)]
  return options
}
