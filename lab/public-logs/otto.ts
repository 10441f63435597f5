import { z } from 'zod'
import { countBroken } from '../../src/import/log-problems.ts'
import type { PublicFormat } from './public-format.ts'
import { linesOf } from './source-files.ts'

const TYPES = { clicks: 'view', carts: 'add_to_cart', orders: 'purchase' } as const
const SESSION = z.object({
  session: z.number(),
  events: z.array(z.object({ aid: z.number(), ts: z.number(), type: z.enum(['clicks', 'carts', 'orders']) })),
})

/**
 * Sessions of the OTTO dataset. The last week is for testing, as in the Kaggle competition of 2022. Its own test file cuts each
 * session at a random place, and so is not read.
 */
export const OTTO: PublicFormat = {
  name: 'otto',
  summary: 'the sessions of the shop OTTO: otto-recsys-train.jsonl or train.jsonl',
  usual: { testDays: 7, testBy: 'start', leastOfItem: 1, leastOfSession: 2 },
  async read(files, log) {
    for await (const { text, place } of linesOf(files.get('otto-recsys-train.jsonl', 'train.jsonl'))) {
      const line = sessionOf(text)
      if (line === undefined) {
        log.problems.lines++
        countBroken(log.problems, `${place()}: no session with its events as JSON`)
        continue
      }
      const id = String(line.session)
      for (const { aid, ts, type } of line.events)
        log.add({ userId: id, itemId: String(aid), sessionId: id, eventType: TYPES[type], timestamp: ts }, place)
    }
  },
}

function sessionOf(text: string): z.infer<typeof SESSION> | undefined {
  try {
    return SESSION.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
