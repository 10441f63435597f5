import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { isTextInSegment, pack } from '../../src/state/log/segments.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

it('a text is found in a segment, packed or not, wherever it stands, also across what is unpacked at once', async () => {
  const folder = await temporaryDirectory()
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: -60, max: 60 }),
    fc.boolean(),
    fc.boolean(),
    async (length, around, isThere, isPacked) => {
      const id = `"${'é'.repeat(length)}"`
      // Unpacked, a segment comes in pieces of 2^18 bytes.
      const before = 'a'.repeat(2 ** 18 + around)
      const text = `${before}${isThere ? id : id.slice(0, -1)}\n${'b'.repeat(1000)}\n`
      const path = join(folder, isPacked ? 'segment.jsonl.gz' : 'segment.jsonl')
      if (isPacked) {
        const file = await open(path, 'w')
        await pack(
          (async function* () {
            yield text
          })(),
          file,
        )
        await file.close()
      } else await writeFile(path, text)
      expect(await isTextInSegment(path, [Buffer.from('"another"'), Buffer.from(id)])).toBe(isThere)
    },
  )
  await fc.assert(property, { numRuns: 200 })
})
