import { expect, it } from 'vitest'
import { reasonText } from '../../src/slate/explain.ts'

it.each([
  ['BECAUSE_YOU_VIEWED', 'Lamp', 'Because you looked at Lamp'],
  ['BECAUSE_YOU_VIEWED', undefined, 'Because you looked at this'],
  ['SIMILAR_TO_THIS', 'Lamp', 'Goes with Lamp'],
  ['TRENDING', undefined, 'Popular right now'],
  ['TRENDING_FOR_YOU', undefined, 'Popular among what you like'],
  ['SEEN_BEFORE', undefined, 'You looked at this before'],
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
