import type { FeatureInput } from './feature-input.ts'

/** What several features of one input need, found when the first of them asks. */
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
