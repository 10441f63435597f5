import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { LiverankError } from '../../src/errors.ts'
import { crossFitted } from './cross-fitted-rates.ts'
import { type Decision, type Estimate, type Estimates, estimateValue, meanOf } from './estimators.ts'

const OPEN_BANDIT_FILE = 'bandit.jsonl.gz'

/** Returns whether a folder has the Open Bandit Dataset. */
export function isOpenBandit(folder: string): boolean {
  return existsSync(join(folder, OPEN_BANDIT_FILE))
}

const row = z.object({
  campaign: z.string(),
  policy: z.enum(['random', 'bts']),
  position: z.number().int().positive(),
  itemId: z.string(),
  click: z.number(),
  propensity: z.number().positive(),
})
type Row = z.infer<typeof row>

/** The value of one policy, estimated from the log of the other, beside its value in its own log. */
export interface OpenBanditComparison {
  readonly campaign: string
  readonly from: Row['policy']
  readonly to: Row['policy']
  readonly estimates: Estimates
  readonly onPolicy: Estimate
}

/**
 * Reads rows of the Open Bandit Dataset (Saito et al., 2021), in the format that the README beside it describes.
 * @throws LiverankError UNUSABLE_DATA naming a broken line
 */
export async function readOpenBandit(folder: string): Promise<Row[]> {
  const path = join(folder, OPEN_BANDIT_FILE)
  const rows: Row[] = []
  const lines = createInterface({ input: createReadStream(path).pipe(createGunzip()), crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) {
    const parsed = row.safeParse(parse(line))
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      throw new LiverankError('UNUSABLE_DATA', `${path}:${rows.length + 1}: ${issue.path.join('.')}: ${issue.message}`)
    }
    rows.push(parsed.data)
  }
  return rows
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/**
 * Estimates each policy of each campaign from the log of the other. `random` shows all items equally often. `bts` changes with
 * time and uses no context, so its mean over the week stands for it. Its probability of an item at a position is 1/mean(1/p) over
 * the rows that show the item there, scaled to sum to 1. An item that it never showed has probability 0.
 * @param clip maximum of the weights; the root of the number of rows if absent
 */
export function compareOpenBandit(rows: readonly Row[], clip?: number): OpenBanditComparison[] {
  const found: OpenBanditComparison[] = []
  for (const campaign of new Set(rows.map((one) => one.campaign))) {
    const ofCampaign = rows.filter((one) => one.campaign === campaign)
    const items = [...new Set(ofCampaign.map(({ itemId }) => itemId))]
    const logOf = (policy: Row['policy']) => ofCampaign.filter((one) => one.policy === policy)
    const bts = meanPolicy(logOf('bts'))
    const chance = {
      random: () => 1 / items.length,
      bts: (itemId: string, position: number) => bts.get(`${itemId}\0${position}`) ?? 0,
    }
    for (const [from, to] of [['random', 'bts'] as const, ['bts', 'random'] as const]) {
      const log = logOf(from)
      const foresee = crossFitted(log.map(({ itemId, click }) => ({ group: itemId, reward: click })))
      const decisions = log.map(({ itemId, position, click, propensity }, at): Decision => {
        const foreseenOfTarget = items.reduce((sum, item) => sum + chance[to](item, position) * foresee(at, item), 0)
        return {
          reward: click,
          propensity,
          target: chance[to](itemId, position),
          foreseen: foresee(at, itemId),
          foreseenOfTarget,
        }
      })
      const onPolicy = meanOf(logOf(to).map(({ click }) => click))
      found.push({ campaign, from, to, estimates: estimateValue(decisions, clip), onPolicy })
    }
  }
  return found
}

function meanPolicy(log: readonly Row[]): Map<string, number> {
  const inverse = new Map<string, { sum: number; count: number; position: number }>()
  for (const { itemId, position, propensity } of log) {
    const key = `${itemId}\0${position}`
    const held = inverse.get(key) ?? { sum: 0, count: 0, position }
    inverse.set(key, held)
    held.sum += 1 / propensity
    held.count++
  }
  const totals = new Map<number, number>()
  for (const { sum, count, position } of inverse.values()) totals.set(position, (totals.get(position) ?? 0) + count / sum)
  return new Map([...inverse].map(([key, { sum, count, position }]) => [key, count / sum / totals.get(position)!]))
}
