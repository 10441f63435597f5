/** Kinds of the attributes of users, requests and events that a domain can declare. */
export const DECLARED_KINDS = ['key', 'number', 'flag'] as const
export type DeclaredKind = (typeof DECLARED_KINDS)[number]

interface Declaration {
  readonly kind: DeclaredKind
  /** Whether people must not be treated differently because of the attribute, such as an age or a postcode. */
  readonly isProtected: boolean
  /** Whether values count. False for a protected attribute, unless the domain names it among those that it uses. */
  readonly isUsed: boolean
}

/** A text or a list of texts. */
export interface KeyDeclaration extends Declaration {
  readonly kind: 'key'
  /** Values that have a feature of their own. */
  readonly values: readonly string[]
}

/** A finite number, such as an age. Each band of it can have a feature of its own. */
export interface NumberDeclaration extends Declaration {
  readonly kind: 'number'
  /** Ascending bounds between bands of the number, each of which has a feature of its own. Empty for no bands. */
  readonly bands: readonly number[]
}

/** A value that is true or false, such as whether a user is a member. */
export interface FlagDeclaration extends Declaration {
  readonly kind: 'flag'
}

/** A declared attribute of users, of the context of requests, or of events. */
export type AttributeDeclaration = KeyDeclaration | NumberDeclaration | FlagDeclaration

/** Declarations of all attributes of users, of contexts, or of events, by the name of the attribute. */
export interface AttributeDeclarations {
  readonly [name: string]: AttributeDeclaration
}

/** A part of the values of an attribute that has a feature of its own: one text, or one band of a number. */
export interface ValueClass {
  /** End of the feature's name, such as `gold` or `18_to_25`. */
  readonly suffix: string
  /** The part in words, such as `gold` or `at least 18 and below 25`. */
  readonly words: string
  readonly includes: (value: string | number | boolean | readonly string[]) => boolean
}

/** Returns the parts of the values that have features of their own: the listed texts of a key, or the bands of a number. */
export function valueClasses(declaration: AttributeDeclaration): ValueClass[] {
  if (declaration.kind === 'key') return declaration.values.map(textClass)
  if (declaration.kind === 'flag' || declaration.bands.length === 0) return []
  const { bands } = declaration
  return [undefined, ...bands].map((from, at) => bandClass(from, bands[at]))
}

function textClass(text: string): ValueClass {
  return {
    suffix: asName(text),
    words: text,
    includes: (value) => (typeof value === 'object' ? value.includes(text) : value === text),
  }
}

function bandClass(from: number | undefined, to: number | undefined): ValueClass {
  const suffix = from === undefined ? `below_${to}` : to === undefined ? `from_${from}` : `${from}_to_${to}`
  const words = [...(from === undefined ? [] : [`at least ${from}`]), ...(to === undefined ? [] : [`below ${to}`])].join(' and ')
  return {
    suffix: asName(suffix.replaceAll('-', 'minus_')),
    words,
    includes: (value) =>
      typeof value === 'number' && value >= (from ?? Number.NEGATIVE_INFINITY) && value < (to ?? Number.POSITIVE_INFINITY),
  }
}

/** A text as it can stand in the name of a feature. */
function asName(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')
}
