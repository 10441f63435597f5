import { open } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { writeWhole } from '../../src/state/durable-file.ts'
import { pack } from '../../src/state/log/compressed-segments.ts'
import { SegmentIds } from '../../src/state/log/segment-ids.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const line = (userId: string) =>
  `${JSON.stringify({ kind: 'events', userId, note: '"userId":"nobody"', of: { id: `${userId}!` } })}\n`

async function* linesOf(users: readonly string[]) {
  for (const userId of users) yield line(userId)
}

it('the filter of a segment finds every id that the segment names, and hardly any other', async () => {
  const path = join(await temporaryDirectory(), 'segment.jsonl.gz')
  const property = fc.asyncProperty(fc.uniqueArray(fc.string({ unit: 'binary' }), { maxLength: 30 }), async (users) => {
    const file = await open(path, 'w')
    await pack(linesOf(users), file)
    await file.close()
    const ids = new SegmentIds()
    for (const id of users.flatMap((userId) => [userId, `${userId}!`])) {
      expect(await ids.mayName(path, new Set(['"other"', JSON.stringify(id)]))).toBe(true)
    }
    expect(await ids.mayName(path, new Set(['"somebody-else-3141592653"']))).toBe(false)
    expect(await ids.mayName(path, new Set())).toBe(false)
  })
  await fc.assert(property, { numRuns: 100 })
})

it('the filter reads a segment again that was replaced', async () => {
  const path = join(await temporaryDirectory(), 'segment.jsonl.gz')
  const ids = new SegmentIds()
  for (const userId of ['ann', 'bob', 'eve']) {
    await writeWhole(path, (file) => pack(linesOf([userId]), file))
    expect(await Promise.all(['ann', 'bob', 'eve'].map((id) => ids.mayName(path, new Set([JSON.stringify(id)]))))).toEqual(
      ['ann', 'bob', 'eve'].map((id) => id === userId),
    )
  }
})
