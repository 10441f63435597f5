import fc from 'fast-check'
import type { Json } from '../../src/state/user-value.ts'

/** Single values of attributes, so few that they often meet. */
export const scalar = fc.constantFrom<(string | number | boolean)[]>('x', 'y', '1', 0, 1, 2, -2, 2.5, true, false)

const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(fc.oneof(scalar, fc.constant(null)), { maxLength: 3 }),
  fc.constantFrom<Json[]>(null, { size: 1 }),
)

/** Names of attributes, among them one that every object has. */
export const attributeName = fc.constantFrom('a', 'b', 'toString')

/** Attributes of an item or a user, with any of these names. */
export const attributes = fc.record({ a: value, b: value, toString: value }, { requiredKeys: [], noNullPrototype: true })
