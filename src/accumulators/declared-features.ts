import type { CountedValue } from '../state/log-entry.ts'
import type { Accumulator, EntityKind, Feature } from './accumulator.ts'
import {
  type AttributeDeclaration,
  type AttributeDeclarations,
  countedIn,
  kindOf,
  numberOf,
  textsOf,
  valueClasses,
} from './counted-values.ts'
import type { FeatureInput } from './feature-input.ts'

/** Where the values of declared attributes are found, and how their features are named. */
interface Owner {
  readonly prefix: 'user' | 'context'
  readonly entity: EntityKind
  /** What has the attributes, in words. */
  readonly words: string
  readonly valueIn: (input: FeatureInput, name: string, declaration: AttributeDeclaration) => CountedValue | undefined
}

const USER: Owner = {
  prefix: 'user',
  entity: 'USER',
  words: 'uploaded attributes of the user',
  valueIn: ({ user }, name, declaration) => countedIn(user.attributes, name, declaration),
}

const CONTEXT: Owner = {
  prefix: 'context',
  entity: 'CONTEXT',
  words: 'context of the request',
  valueIn: ({ context }, name, { kind }) => {
    // What does not count was left out when the request arrived. A logged request may be of a domain with other kinds.
    const value = Object.hasOwn(context, name) ? context[name] : undefined
    return value !== undefined && kindOf(value) === kind ? value : undefined
  },
}

/** Makes the accumulator of the declared attributes of users. @param declarations those in use */
export function userAttributes(declarations: AttributeDeclarations): Accumulator {
  return {
    name: 'user_attributes',
    entity: 'USER',
    description: 'Uploaded attributes of a user that the domain declares.',
    roles: [],
    expires: 'attributes',
    features: featuresOf(USER, declarations),
  }
}

/** Makes the accumulator of the declared attributes of the context of requests. @param declarations those in use */
export function contextAttributes(declarations: AttributeDeclarations): Accumulator {
  return {
    name: 'context_attributes',
    entity: 'CONTEXT',
    description: 'Attributes of the context of a request that the domain declares.',
    roles: [],
    features: featuresOf(CONTEXT, declarations),
  }
}

function featuresOf(owner: Owner, declarations: AttributeDeclarations): Feature[] {
  return Object.entries(declarations).flatMap(([name, declaration]) => [
    ...valueFeatures(owner, name, declaration),
    ...classFeatures(owner, name, declaration),
  ])
}

/** The value itself: a number, or, of a user's key, each text with its share. */
function valueFeatures(owner: Owner, name: string, declaration: AttributeDeclaration): Feature[] {
  const { prefix, entity, words } = owner
  const common = { name: `${prefix}_${name}`, entity, isDeclared: true as const, missing: missingIn(owner, name, declaration) }
  if (declaration.kind === 'key') {
    // A breakdown is read for a user, and a context exists only during a request.
    if (prefix === 'context') return []
    return [
      {
        ...common,
        description: `The texts of ${name} in the ${words}. With n texts, each has the share 1/n`,
        unit: 'share',
        breakdown: (input) => {
          const texts = textsOf(owner.valueIn(input, name, declaration))
          return texts.map((key) => ({ key, value: 1 / texts.length }))
        },
      },
    ]
  }
  const description =
    declaration.kind === 'flag' ? `1 if ${name} is true in the ${words}, 0 if it is false` : `The number ${name} in the ${words}`
  return [
    {
      ...common,
      description,
      ...(declaration.kind === 'flag' && { unit: 'yes or no' }),
      column: (input) => {
        const value = numberOf(owner.valueIn(input, name, declaration))
        return () => value
      },
    },
  ]
}

function classFeatures(owner: Owner, name: string, declaration: AttributeDeclaration): Feature[] {
  const { prefix, entity, words } = owner
  return valueClasses(declaration).map(({ suffix, words: what, includes }) => ({
    name: `${prefix}_${name}_${suffix}`,
    entity,
    isDeclared: true as const,
    description: `1 if ${name} in the ${words} is ${what}, 0 if it is something else`,
    unit: 'yes or no',
    missing: missingIn(owner, name, declaration),
    column: (input) => {
      const value = owner.valueIn(input, name, declaration)
      const is = value === undefined ? Number.NaN : Number(includes(value))
      return () => is
    },
  }))
}

const FORMS = { key: 'a string of 1 to 128 characters, or a list of such strings', number: 'a number', flag: 'true or false' }

function missingIn({ words }: Owner, name: string, { kind }: AttributeDeclaration): string {
  return `when ${name} is not in the ${words}, or is not ${FORMS[kind]}`
}
