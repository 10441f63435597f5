import { z } from 'zod'
import type { SlotDrawn } from './log/entry.ts'
import { slotDrawn } from './log/parse-entry.ts'

/** The part of a slate that events need if they name it. */
export interface ServedSlate {
  readonly userId: string
  readonly surface: string | undefined
  readonly device: string | undefined
  /** Policy that made the slate; undefined for slates of other systems. */
  readonly policy: string | undefined
  /** Item ids from the top. */
  readonly items: readonly string[]
  /** Draw of the exploration slot; undefined if the slate has none. */
  readonly explored: { readonly itemId: string; readonly drawn: SlotDrawn } | undefined
}

const servedSlate = z.object({
  userId: z.string(),
  surface: z.string().nullish(),
  device: z.string().nullish(),
  policy: z.string().nullish(),
  items: z.array(z.object({ itemId: z.string() })),
  explored: slotDrawn.extend({ itemId: z.string() }).nullish(),
})

export function parseServedSlate(json: string): ServedSlate {
  const { userId, surface, device, policy, items, explored } = servedSlate.parse(JSON.parse(json))
  return {
    userId,
    surface: surface ?? undefined,
    device: device ?? undefined,
    policy: policy ?? undefined,
    items: items.map(({ itemId }) => itemId),
    explored: drawOf(explored),
  }
}

function drawOf(explored: z.infer<typeof servedSlate>['explored']): ServedSlate['explored'] {
  if (!explored) return undefined
  const { itemId, ...drawn } = explored
  return { itemId, drawn }
}
