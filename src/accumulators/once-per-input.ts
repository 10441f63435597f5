import type { FeatureInput } from './feature-input.ts'

/** What several readers of one input need, such as features, or both arrangements of an exploring slate; found when the first of them asks. */
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
