import type { AttributeDeclaration } from '../accumulators/attribute-declaration.ts'
import type { Declaring } from './declaring-keys.ts'
import type { MergedDefinition } from './definition.ts'
import type { Domain, ProtectedAttributes } from './domain.ts'

type Declared = NonNullable<MergedDefinition[Declaring]>

/**
 * Returns the declared attributes of a definition, and what is done with the protected ones.
 * @param problems receives a sentence for each attribute that is invalid and left out
 */
export function declarationsOf(
  definition: MergedDefinition,
  problems: string[],
): Pick<Domain, Declaring | 'protectedAttributes'> {
  const { use = [], refused = false } = definition.protectedAttributes ?? {}
  const of = (key: Declaring) => {
    const found = Object.entries(definition[key] ?? {}).flatMap(([name, form]) => {
      const declaration = declarationOf(form, use.includes(name), (problem) => problems.push(`${key}.${name}${problem}`))
      return declaration ? [[name, declaration] as const] : []
    })
    return Object.fromEntries(found)
  }
  const protectedAttributes: ProtectedAttributes = { use, refused }
  return {
    userAttributes: of('userAttributes'),
    contextAttributes: of('contextAttributes'),
    eventAttributes: of('eventAttributes'),
    protectedAttributes,
  }
}

function declarationOf(
  { type: kind, values, bands, protected: isProtected = false }: Declared[string],
  isNamed: boolean,
  refuse: (problem: string) => void,
): AttributeDeclaration | undefined {
  const common = { isProtected, isUsed: !isProtected || isNamed }
  if (kind === undefined) {
    refuse(': type is missing. Add type: key, type: number or type: flag.')
    return undefined
  }
  if (values && kind !== 'key') refuse(`.values: only a key has values, and the type is ${kind}. Remove values.`)
  if (bands && kind !== 'number') refuse(`.bands: only a number has bands, and the type is ${kind}. Remove bands.`)
  if (kind === 'key') return { kind, values: values ?? [], ...common }
  return kind === 'number' ? { kind, bands: bands ?? [], ...common } : { kind, ...common }
}
