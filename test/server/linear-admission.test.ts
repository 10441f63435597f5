import * as fc from 'fast-check'
import { type DocumentNode, NoFragmentCyclesRule, parse, specifiedRules, validate } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../src/schema/schema.ts'
import { kindOf } from '../../src/server/observed-operations.ts'
import { costOf } from '../../src/server/operation-cost.ts'
import { countComparisons, MAX_TOKENS } from '../../src/server/query-shape-limits.ts'
import { checkProperty } from '../support/check-property.ts'

/** A document that counts each look at one of its nodes. */
function counted(document: DocumentNode): { document: DocumentNode; looks: () => number } {
  let looks = 0
  const count = <T>(value: T): T => {
    if (typeof value !== 'object' || value === null || 'body' in value) return value
    for (const key of Object.keys(value) as (keyof typeof value)[])
      if (key !== ('loc' as string)) Object.assign(value, { [key]: count(value[key]) })
    return new Proxy(value, {
      get: (node, key) => {
        looks++
        return Reflect.get(node, key)
      },
    })
  }
  return { document: count(document), looks: () => looks }
}

/** Looks at a document as the service does before it admits an operation. @returns how often it looks at a node */
function looksAt(text: string): number {
  const { document, looks } = counted(parse(text, { maxTokens: MAX_TOKENS }))
  if (typeof countComparisons(document) === 'string') return looks()
  const errors = [[NoFragmentCyclesRule], specifiedRules].flatMap((rules) => validate(schema, document, rules, { maxErrors: 20 }))
  if (errors.length === 0)
    costOf({ schema, document, operationName: 'Q0', contextValue: { service: { catalogue: { vectors: { size: 0 } } } } })
  kindOf(document, 'Q0')
  return looks()
}

/** Tokens of a document that are written before it is closed. */
const TOKENS = 900
const LEAVES = ['itemId', '__typename', 'x:itemId', 'attributes', 'y:itemId']

/** Writes a document from numbers: operations, and fragments that repeat and spread each other, some also in a circle. */
function written(numbers: readonly number[], fragments: number, isAcyclic: boolean): string {
  let at = 0
  let tokens = 0
  const below = (most: number) => numbers[at++ % numbers.length] % most
  const selectionOf = (fragment: number, depth: number): string => {
    const kind = depth > 4 || tokens > TOKENS ? 0 : below(8)
    tokens += 2
    const other = isAcyclic ? fragment + 1 + below(4) : below(fragments)
    if (kind > 5 && other < fragments) return `...F${other}`
    if (kind === 5) return `...on Item${setOf(fragment, depth + 1)}`
    if (kind < 3) return LEAVES[below(LEAVES.length)]
    tokens += 8
    return `${kind === 4 ? `a${below(3)}:` : ''}similar(first:1){item${setOf(fragment, depth + 1)}}`
  }
  const setOf = (fragment: number, depth: number): string => {
    const some = Array.from({ length: 1 + below(3) }, () => selectionOf(fragment, depth))
    // Now and then, the first is repeated.
    while (below(8) > 1 && tokens < TOKENS) some.push(below(3) > 0 ? some[0] : selectionOf(fragment, depth))
    return `{${some.join(' ')}}`
  }
  const parts = Array.from({ length: 1 + below(4) }, (_, n) => `query Q${n}{item(itemId:"a")${setOf(-1, 0)}}`)
  for (let n = 0; n < fragments; n++) parts.push(`fragment F${n} on Item${setOf(n, 0)}`)
  return parts.join('\n')
}

const documents = fc
  .tuple(fc.array(fc.nat(999), { minLength: 20, maxLength: 400 }), fc.integer({ min: 0, max: 60 }), fc.boolean())
  .map(([numbers, fragments, isAcyclic]) => written(numbers, fragments, isAcyclic))

function isParsed(text: string): boolean {
  try {
    parse(text, { maxTokens: MAX_TOKENS })
    return true
  } catch {
    return false
  }
}

/** Each took time that grew with the square of its size, or doubled with a few more characters. */
const BOMBS: Record<string, string> = {
  'fragments that spread the next one twice': `query Q0 { item(itemId: "a") { ...F0 } } ${times(18, (n) => `fragment F${n} on Item { ${n < 17 ? `...F${n + 1} ...F${n + 1}` : '__typename'} }`)}`,
  'fragments that nest the next one under two aliases': `query Q0 { item(itemId: "a") { ...F0 } } ${times(8, (n) => `fragment F${n} on Item { ${n < 7 ? `a: similar(first: 1) { item { ...F${n + 1} } } b: similar(first: 1) { item { ...F${n + 1} } }` : '__typename'} }`)}`,
  'a field that is selected over and over': `query Q0 { ${times(190, () => 'item(itemId: "a") { itemId }')} }`,
  'many fragments at one place': `query Q0 { item(itemId: "a") { ${times(180, (n) => `...F${n}`)} } } ${times(180, (n) => `fragment F${n} on Item { itemId }`)}`,
  'many operations that spread one large fragment': `${times(80, (n) => `query Q${n}($a: Int) { ...F }`)} fragment F on Query { ${times(90, () => 'items(first: $a) { totalCount }')} }`,
  'fragments in a circle': `query Q0 { item(itemId: "a") { ...F0 } } ${times(150, (n) => `fragment F${n} on Item { ...F${(n + 1) % 150} ...F${(n + 2) % 150} }`)}`,
}

function times(count: number, part: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => part(n)).join(' ')
}

/** Ordinary documents take up to 35 looks a character, and large ones that are admitted up to 27 beyond the first 30,000. */
function mostLooks({ length }: string): number {
  return 30_000 + 50 * length
}

it.each(Object.entries(BOMBS))('looks at the nodes of %s in a number that is linear in its size', (_, text) => {
  expect(looksAt(text)).toBeLessThan(mostLooks(text))
})

it('looks at the nodes of any document in a number that is linear in its size', async () => {
  await checkProperty(
    fc.property(documents.filter(isParsed), (text) => {
      expect(looksAt(text)).toBeLessThan(mostLooks(text))
    }),
    40,
  )
})
