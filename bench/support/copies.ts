import type { MemoryContents } from '../../src/state/embedded/memory-contents.ts'

/** A user of a sample, whom others shall be like. */
export interface SampleUser {
  readonly value: Buffer
  readonly events: Buffer | undefined
}

export function sampleOf({ values, events }: MemoryContents): SampleUser[] {
  return Array.from(values.user.entries(), ([id, value]) => {
    const kept = events.get(id)
    return { value: Buffer.from(value), events: kept && Buffer.from(kept) }
  })
}

export function copyId(n: number): string {
  return `user-${n}`
}

/** Users `from` to `to` like those of the sample, in its order. */
export function copyUsers({ values, events }: MemoryContents, sample: readonly SampleUser[], from: number, to: number): void {
  for (let n = from; n < to; n++) {
    const like = sample[n % sample.length]
    values.user.set(copyId(n), like.value)
    if (like.events) events.set(copyId(n), like.events)
  }
}
