import type { FeatureInput } from './feature-input.ts'

/**
 * Caches a function of a feature input. Several readers share one result per input, such as several features, or both arrangements
 * of a slate with an exploration slot. The first reader computes it.
 */
export function oncePerInput<T extends object>(find: (input: FeatureInput) => T): (input: FeatureInput) => T {
  const memory = new WeakMap<FeatureInput, T>()
  return (input) => {
    let found = memory.get(input)
    if (!found) {
      found = find(input)
      memory.set(input, found)
    }
    return found
  }
}
