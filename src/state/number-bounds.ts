/**
 * Largest magnitude of a number that enters: a price, a quantity, a value, a declared number, a score, an element of a vector. The
 * square of a price times a quantity is then at most 1e48, which leaves room in every sum.
 */
export const MAX_MAGNITUDE = 1e12

/** Whether it is a finite number of at most MAX_MAGNITUDE. */
export function isWithinBounds(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= MAX_MAGNITUDE
}
