/** Work that is under way at once. */
const LANES = 8

/** Runs `work` on each element, on at most 8 at a time. */
export async function forEachConcurrently<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = all.values()
  await Promise.all(
    Array.from({ length: Math.min(LANES, all.length) }, async () => {
      for (const one of rest) await work(one)
    }),
  )
}
