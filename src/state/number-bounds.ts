/**
 * Maximum magnitude of a number on input: a price, quantity, value, declared number, score, or element of an embedding. The square
 * of a price times a quantity is then at most 1e48, which leaves room in every sum.
 */
export const MAX_MAGNITUDE = 1e12

/** Returns whether a value is a finite number of at most MAX_MAGNITUDE. */
export function isWithinBounds(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= MAX_MAGNITUDE
}
