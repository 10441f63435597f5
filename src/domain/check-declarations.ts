import { type AttributeDeclaration, type DeclaredKind, LONGEST_TEXT, valueClasses } from '../accumulators/counted-values.ts'
import { isWithinBounds } from '../state/number-bounds.ts'
import { NAME, NAMING } from './attribute-names.ts'
import { DECLARING, type Declaring } from './declaring-keys.ts'
import type { Domain } from './domain.ts'
import { unknownName } from './nearest-name.ts'

/** Most attributes that a domain declares of users, and likewise of requests and of events. They bound the size of a log entry. */
const MOST_DECLARED = 32
/** Most values or bands of one attribute that have features of their own. */
const MOST_CLASSES = 32

/** Attributes of requests and events that the service itself reads. */
const READ_BY_SERVICE: Readonly<Record<Declaring, readonly string[]>> = {
  userAttributes: [],
  contextAttributes: ['device'],
  eventAttributes: ['surface', 'device', 'position'],
}

/** Attributes of events whose values the service checks. */
const CHECKED: ReadonlyMap<string, DeclaredKind> = new Map([
  ['price', 'number'],
  ['quantity', 'number'],
  ['value', 'number'],
  ['locale', 'key'],
  ['query', 'key'],
])

/** Yields the problems of the declared attributes of users, requests and events, each a sentence after its path. */
export function* checkDeclarations(domain: Domain): Generator<string> {
  for (const key of DECLARING) {
    const declared = Object.entries(domain[key])
    if (declared.length > MOST_DECLARED)
      yield `${key}: ${declared.length} attributes are too many. Declare at most ${MOST_DECLARED}.`
    const reserved = [...READ_BY_SERVICE[key], ...(key === 'eventAttributes' ? [domain.limits.traffic.attribute] : [])]
    for (const [name, declaration] of declared) {
      const place = `${key}.${name}`
      if (!NAME.test(name)) yield `${place}: the name becomes part of feature names: ${NAMING}.`
      else if (name.length > LONGEST_TEXT) yield `${place}: the name has more than ${LONGEST_TEXT} characters. Shorten it.`
      if (reserved.includes(name)) yield `${place}: the service already uses this attribute. Remove it.`
      const checked = key === 'eventAttributes' ? CHECKED.get(name) : undefined
      if (checked !== undefined && declaration.kind !== checked)
        yield `${place}: the service accepts only a ${checked === 'key' ? 'string' : checked} here. Use type: ${checked}.`
      if (place === 'userAttributes.segment' && !declaration.isUsed)
        yield `${place}: the service chooses offline lists by this attribute, so it cannot be protected. Remove protected, or use another name.`
      yield* checkClasses(place, declaration)
    }
  }
  yield* checkProtected(domain)
}

function* checkClasses(place: string, declaration: AttributeDeclaration): Generator<string> {
  if (declaration.kind === 'key')
    for (const [at, value] of declaration.values.entries())
      if (!/^[A-Za-z0-9][A-Za-z0-9 ._-]*$/.test(value) || value.length > LONGEST_TEXT)
        yield `${place}.values.${at}: ${JSON.stringify(value)} cannot become part of a feature name. Use letters, digits, spaces, ., _ and -, with a letter or digit first.`
  if (declaration.kind === 'number')
    for (const [at, bound] of declaration.bands.entries()) {
      if (!isWithinBounds(bound)) yield `${place}.bands.${at}: ${bound} is not allowed. Use a number from -1e12 to 1e12.`
      else if (at > 0 && bound <= declaration.bands[at - 1])
        yield `${place}.bands.${at}: ${bound} is not above ${declaration.bands[at - 1]}. List the bounds in ascending order, each once.`
    }
  const classes = valueClasses(declaration)
  if (classes.length > MOST_CLASSES)
    yield `${place}: ${classes.length} values or bands are too many. Use at most ${MOST_CLASSES}.`
  const suffixes = classes.map(({ suffix }) => suffix)
  for (const [at, { words, suffix }] of classes.entries())
    if (declaration.kind === 'key' && suffixes.indexOf(suffix) < at)
      yield `${place}.values.${at}: ${words} has the same feature name as ${classes[suffixes.indexOf(suffix)].words}. Remove one of them.`
}

function* checkProtected({ protectedAttributes: { use, refused }, ...domain }: Domain): Generator<string> {
  const names = DECLARING.flatMap((key) =>
    Object.entries(domain[key]).flatMap(([name, { isProtected }]) => (isProtected ? [name] : [])),
  )
  for (const [at, name] of use.entries())
    if (!names.includes(name))
      yield `protectedAttributes.use.${at}: no attribute ${name} is declared with protected: true${unknownName(name, names)}`
  if (refused && use.length > 0)
    yield `protectedAttributes.use: the domain refuses protected attributes, because the law may forbid different treatment of people because of them. Remove use, or set protectedAttributes.refused: false.`
}
