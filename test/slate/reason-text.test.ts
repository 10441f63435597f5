import { describe, expect, it } from 'vitest'
import { reasonText } from '../../src/slate/reason-text.ts'
import { de } from '../../src/slate/reason-texts/de.ts'
import { en } from '../../src/slate/reason-texts/en.ts'
import { ja } from '../../src/slate/reason-texts/ja.ts'

it.each([
  ['BECAUSE_YOU_VIEWED', 'Lamp', 'Because you looked at Lamp'],
  ['BECAUSE_YOU_VIEWED', undefined, 'Because you looked at this'],
  ['SIMILAR_TO_THIS', 'Lamp', 'Goes with Lamp'],
  ['TRENDING', undefined, 'Popular right now'],
  ['TRENDING_FOR_YOU', undefined, 'Popular among what you like'],
  ['SEEN_BEFORE', undefined, 'You showed interest in this before'],
  ['PICKED_FOR_YOU', undefined, 'Picked for you'],
  ['PICKED_BY_US', undefined, 'Our selection'],
  ['PINNED', undefined, 'Our selection'],
  ['NEW', undefined, 'New here'],
  ['FROM_A_SOURCE_OF_YOUR_OWN', undefined, 'Recommended'],
  // A name is put in as it is, whatever characters it has.
  ['SIMILAR_TO_THIS', "$& and $' for $1", "Goes with $& and $' for $1"],
])('%s of %s reads "%s"', (code, name, text) => {
  expect(reasonText({ code }, name)).toBe(text)
})

describe('the reason in another language', () => {
  it.each([
    ['de', 'Weil Sie sich Lampe angesehen haben'],
    ['de-CH', 'Weil Sie sich Lampe angesehen haben'],
    ['DE_at', 'Weil Sie sich Lampe angesehen haben'],
    ['ja-JP', '「Lampe」をご覧になったため'],
    ['en-GB', 'Because you looked at Lampe'],
    ['fr', 'Because you looked at Lampe'],
    ['', 'Because you looked at Lampe'],
    ['toString', 'Because you looked at Lampe'],
  ])('%s it reads "%s"', (locale, text) => {
    expect(reasonText({ code: 'BECAUSE_YOU_VIEWED' }, 'Lampe', locale)).toBe(text)
  })

  it('has a name for items without one, and a text for unknown codes', () => {
    expect(reasonText({ code: 'SIMILAR_TO_THIS' }, undefined, 'de')).toBe('Passt zu diesem')
    expect(reasonText({ code: 'toString' }, undefined, 'ja')).toBe('おすすめ')
  })

  it('names the item in the same reasons as English, and in no others', () => {
    for (const texts of [de, ja])
      for (const [code, text] of Object.entries(en))
        expect([
          code,
          Object.entries(texts)
            .find(([other]) => other === code)?.[1]
            .includes('{item}'),
        ]).toEqual([code, text.includes('{item}')])
  })
})
