import * as fc from 'fast-check'
import { Fields, type Generated, Written } from './generated.ts'
import {
  ATTRIBUTES,
  EVENT_ATTRIBUTES,
  EVENT_TYPES,
  FEATURES,
  ITEMS,
  LEARNED,
  type Learned,
  NODE_IDS,
  placeholder,
  SURFACES,
  USERS,
} from './vocabulary.ts'

const DAY = 86_400_000
const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values)
const learned = (kind: Learned) => fc.nat({ max: 5 }).map((back) => placeholder(kind, back))

/** Texts that trip whoever takes a text for a key, a path, a pattern or half a pair. */
const oddTexts: fc.Arbitrary<string> = fc.oneof(
  oneOf('', ' ', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'undefined', 'NaN', '0', '-1', '1e999'),
  oneOf(
    '../../etc/passwd',
    '%00',
    'a\u0000b',
    '\u001f',
    '\u007f',
    '\ud800',
    '\udc00x',
    '\ufeff',
    '‮abc',
    '🎩🎩',
    'İ',
    'ß',
    'e\u0301',
  ),
  oneOf('{tag}', '{}', '}{', ':', '|', ',', '*', '\\', '"', "'", '\n', '\r\n', '\u2028', 'u0\u0000i0', 'item:i0', 'user:u0'),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.integer({ min: 100, max: 140 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 1000, max: 20_000 }).map((length) => '\u{1f3a9}'.repeat(length / 4)),
)

/** A text of the vocabulary of its place, or an odd one. */
export function texts(place: string): fc.Arbitrary<string> {
  const usual = usualTexts(place)
  return fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: oddTexts }, { weight: 1, arbitrary: anyVocabulary })
}

const anyVocabulary: fc.Arbitrary<string> = fc.oneof(
  oneOf(...USERS),
  oneOf(...ITEMS),
  oneOf(...NODE_IDS),
  oneOf(...FEATURES),
  fc.constantFrom(...LEARNED).chain(learned),
)

function usualTexts(place: string): fc.Arbitrary<string> {
  if (/^(userIds?|from|into)$/.test(place)) return oneOf(...USERS)
  if (/^(itemIds?|anchorItemIds|exclude)$/.test(place)) return oneOf(...ITEMS)
  if (/^eventTypes?$/.test(place)) return oneOf(...EVENT_TYPES)
  if (place === 'surface') return oneOf(...SURFACES)
  if (place === 'attribute' || place === 'values') return oneOf(...ATTRIBUTES, 'shoes', 'hats', 'b1')
  if (place === 'names' || place === 'feature' || place === 'orderBy') return oneOf(...FEATURES, ...ATTRIBUTES)
  if (place === 'name') return oneOf('default', 'default', ...ATTRIBUTES, ...FEATURES)
  if (place === 'sessionId') return oneOf('s0', 's1', 's2')
  if (place === 'segment') return oneOf('vip', 'new', 'default')
  if (place === 'locale') return oneOf('de', 'ja-JP', 'en-GB', 'xx', 'de-DE-x-y')
  if (place === 'recommendationId' || place === 'afterSlate') return learned('recommendationId')
  if (place === 'after' || place === 'before') return fc.oneof(learned('endCursor'), learned('startCursor'), learned('cursor'))
  if (place === 'eventId')
    return fc.oneof(
      fc.nat({ max: 500 }).map((n) => `e${n}`),
      learned('eventId'),
    )
  if (place === 'id' || place === 'ids') return fc.oneof(oneOf(...NODE_IDS), learned('id'))
  return anyVocabulary
}

const anyInteger: fc.Arbitrary<Generated> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 12 }) },
  { weight: 1, arbitrary: oneOf(-1, 0, 1, 99, 100, 101, 200, 201, 499, 500, 501, 2 ** 31 - 1, -(2 ** 31)) },
  { weight: 1, arbitrary: oneOf<Generated>(2 ** 31, 1.5, new Written('1e400'), new Written('-0'), new Written('1.0'), '7') },
)

const extremes = [1e160, 1e200, 1e308, -1e308, 1.7976931348623157e308, 5e-324, -1e160, 1e13, 9e15]

/** Builders, since generated values are told apart by who builds them. */
export const integers = () => anyInteger
export const times = () => fc.oneof(anyTime, anyDate)

export function numbers(): fc.Arbitrary<Generated> {
  const odd: Generated[] = [
    0,
    -0,
    -1,
    1e-300,
    1e12,
    -1e12,
    2 ** 53,
    new Written('-0'),
    new Written('1e-400'),
    new Written('0.1e1'),
  ]
  const refused: Generated[] = [new Written('1e400'), '9.95', true]
  return fc.oneof(
    { weight: 5, arbitrary: fc.double({ min: 0, max: 100, noNaN: true }) },
    { weight: 2, arbitrary: oneOf<Generated>(...odd, ...refused) },
    // Only the service can say what is too much; values far beyond it must not pass.
    { weight: 2, arbitrary: oneOf<Generated>(...extremes, new Written('1e309')) },
  )
}

/** Times in ms, about now and at the edges of what is accepted. */
const anyTime: fc.Arbitrary<Generated> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 8 * DAY }).map((age) => Date.now() - age) },
  { weight: 1, arbitrary: oneOf(4, 5, 6).map((minutes) => Date.now() + minutes * 60_000) },
  { weight: 1, arbitrary: oneOf<Generated>(0, -1, 1, 8.64e15, 8.64e15 + 1, 2 ** 53, 1.5, new Written('1e400'), '2025-01-01') },
)

const anyDate: fc.Arbitrary<Generated> = fc.oneof(
  fc.integer({ min: -40, max: 2 }).map((days) => new Date(Date.now() + days * DAY).toISOString()),
  oneOf(
    '1970-01-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '2024-02-29T00:00:00+14:00',
    '2025-02-30T00:00:00Z',
  ),
  oneOf<Generated>('', 'now', '2025-01-01', '+275760-09-13T00:00:00.000Z', 0, new Written('1e400')),
)

/** Objects of JSON, most of them with the keys that the service reads. */
export function jsonObjects(place: string): fc.Arbitrary<Generated> {
  const own = place === 'eventAttributes' ? EVENT_ATTRIBUTES : ATTRIBUTES
  const { json } = fc.letrec<{ json: Generated; list: Generated; object: Generated }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 4, arbitrary: numbers() },
      { weight: 4, arbitrary: fc.oneof(oneOf('shoes', 'hats', 'b1', 'b2', ...SURFACES), oddTexts) },
      { weight: 1, arbitrary: oneOf<Generated>(null, true, false) },
      { weight: 1, arbitrary: tie('list') },
      { weight: 1, arbitrary: tie('object') },
    ),
    list: fc.array(tie('json'), { maxLength: 4 }),
    object: fc
      .array(fc.tuple(fc.oneof(oneOf(...own), oddTexts), tie('json')), { maxLength: 4 })
      .map((entries) => new Fields(entries)),
  }))
  const keys = fc.oneof({ weight: 9, arbitrary: oneOf(...own) }, { weight: 1, arbitrary: oddTexts })
  return fc.oneof(
    { weight: 12, arbitrary: fc.array(fc.tuple(keys, json), { maxLength: 5 }).map((entries) => new Fields(entries)) },
    { weight: 1, arbitrary: fc.integer({ min: 4, max: 3000 }).map(deepObject) },
    { weight: 1, arbitrary: fc.oneof(json, fc.integer({ min: 100, max: 2000 }).map(wideObject)) },
  )
}

export function attributeValues(place: string): fc.Arbitrary<Generated> {
  return fc.oneof(oneOf('shoes', 'hats', 'b1'), fc.boolean(), numbers(), texts(place))
}

function deepObject(depth: number): Generated {
  return new Written(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)
}

function wideObject(width: number): Generated {
  return new Fields(Array.from({ length: width }, (_, n) => [`k${n}`, n] as const))
}
