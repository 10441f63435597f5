import { z } from 'zod'
import { decodeSlate } from '../state/slate-codec.ts'
import { unpackVectors } from './seen-vectors.ts'
import { SLATE_TRIGGERS, type Slate, WARNING_CODES } from './slate.ts'

const storedSlate = z.object({
  recommendationId: z.string(),
  userId: z.string(),
  surface: z.string().optional(),
  device: z.string().optional(),
  policy: z.string(),
  version: z.number(),
  trigger: z.enum(SLATE_TRIGGERS),
  latestEventId: z.string().optional(),
  generatedAt: z.number(),
  items: z.array(
    z.object({
      itemId: z.string(),
      position: z.number(),
      score: z.number(),
      sources: z.array(z.object({ name: z.string(), score: z.number().optional() })),
      reason: z.object({ code: z.string(), anchorItemId: z.string().exactOptional() }),
      exploration: z.boolean(),
      propensity: z.number(),
    }),
  ),
  earlier: z.array(z.string()).exactOptional(),
  model: z.string().optional(),
  vectors: z.object({ positions: z.array(z.number()), of: z.number(), values: z.string() }).optional(),
  fallback: z.boolean(),
  warnings: z.array(
    z.object({
      code: z.enum(WARNING_CODES),
      message: z.string(),
      field: z.string().exactOptional(),
      itemIds: z.array(z.string()).exactOptional(),
    }),
  ),
  tookMs: z.number(),
})

/**
 * Parses a kept slate, as it was served.
 * @param bytes the slate as the store returns it
 * @param featuresOf returns the feature names of a model
 */
export function parseStoredSlate(
  recommendationId: string,
  bytes: Uint8Array,
  featuresOf: (model: string) => readonly string[] | undefined,
): Slate {
  const slate = storedSlate.parse(decodeSlate(recommendationId, bytes))
  return {
    ...slate,
    surface: slate.surface,
    device: slate.device,
    latestEventId: slate.latestEventId,
    model: slate.model,
    vectors: slate.vectors && slate.model !== undefined ? unpackVectors(slate.vectors, featuresOf(slate.model)) : undefined,
    items: slate.items.map((item) => ({ ...item, sources: item.sources.map(({ name, score }) => ({ name, score })) })),
  }
}
