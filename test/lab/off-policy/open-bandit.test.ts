import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { compareOpenBandit, readOpenBandit } from '../../../lab/off-policy/open-bandit.ts'
import { Random } from '../../../lab/random.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const OBP = join(import.meta.dirname, '../../../../shared/data/obp')

const row = (change: object) => ({ campaign: 'men', position: 1, itemId: 'a', click: 0, ...change })

describe('the Open Bandit Dataset', () => {
  it('gives estimates of each policy from the log of the other', () => {
    const random = new Random(1, 'obp')
    // bts shows a three times as often as b; a is clicked in 20 % of impressions, b in 4 %.
    const rows = Array.from({ length: 20_000 }, (_, i) => {
      const policy = i % 2 === 0 ? ('random' as const) : ('bts' as const)
      const ofA = policy === 'random' ? 0.5 : 0.75
      const itemId = random.chance(ofA) ? 'a' : 'b'
      const propensity = itemId === 'a' ? ofA : 1 - ofA
      return {
        campaign: 'men',
        position: 1,
        policy,
        itemId,
        propensity,
        click: random.chance(itemId === 'a' ? 0.2 : 0.04) ? 1 : 0,
      }
    })
    for (const { from, to, estimates, onPolicy } of compareOpenBandit(rows)) {
      const truth = to === 'bts' ? 0.75 * 0.2 + 0.25 * 0.04 : 0.12
      expect(from).not.toBe(to)
      for (const { value, low, high } of [estimates.ips, estimates.snips, estimates.dr, onPolicy]) {
        expect(value).toBeCloseTo(truth, 1)
        expect(low).toBeLessThan(truth)
        expect(high).toBeGreaterThan(truth)
      }
    }
  })

  it('is refused with the place of the problem in it', async () => {
    const folder = await temporaryDirectory()
    const lines = [row({ policy: 'random', propensity: 0.5 }), row({ policy: 'random', propensity: 0 })]
    await writeFile(join(folder, 'bandit.jsonl.gz'), gzipSync(lines.map((line) => JSON.stringify(line)).join('\n')))
    await expect(readOpenBandit(folder)).rejects.toThrow(/bandit\.jsonl\.gz:2: propensity/)
  })

  it.skipIf(!existsSync(OBP))(
    'has the other policy’s own mean within the doubly robust interval, in both campaigns and both ways',
    async () => {
      const found = compareOpenBandit(await readOpenBandit(OBP))
      expect(found.map(({ campaign, from }) => `${campaign} ${from}`).sort()).toEqual([
        ...['men bts', 'men random', 'women bts', 'women random'],
      ])
      for (const {
        estimates: { dr },
        onPolicy,
      } of found) {
        expect(dr.low).toBeLessThan(onPolicy.value)
        expect(dr.high).toBeGreaterThan(onPolicy.value)
      }
    },
  )
})
