import { z } from 'zod'

/** What events that refer to a slate need of it. */
export interface ServedSlate {
  readonly userId: string
  readonly surface: string | undefined
  readonly device: string | undefined
  /** That made it; undefined in slates that other systems made. */
  readonly policy: string | undefined
  /** Item ids, the top first. */
  readonly items: readonly string[]
}

const servedSlate = z.object({
  userId: z.string(),
  surface: z.string().nullish(),
  device: z.string().nullish(),
  policy: z.string().nullish(),
  items: z.array(z.object({ itemId: z.string() })),
})

export function parseServedSlate(json: string): ServedSlate {
  const { userId, surface, device, policy, items } = servedSlate.parse(JSON.parse(json))
  return {
    userId,
    surface: surface ?? undefined,
    device: device ?? undefined,
    policy: policy ?? undefined,
    items: items.map(({ itemId }) => itemId),
  }
}
