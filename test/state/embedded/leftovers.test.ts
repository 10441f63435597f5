import { mkdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openOn } from '../../support/service.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { view } from './compacted-store.ts'

it('a start warns of unfinished files that it cannot remove, and erasures wait until they are gone', async () => {
  const dataDir = await temporaryDirectory()
  // The removal of a file fails for a folder of its name, as it does for a file on a faulty disk.
  const leftovers = [
    join(dataDir, 'snapshot-000001.a-1.unfinished'),
    join(dataDir, 'archive', 'journal-000001.jsonl.gz.a-2.unfinished'),
  ]
  for (const path of leftovers) await mkdir(path, { recursive: true })
  const service = await openOn(undefined, { dataDir, archiveDir: join(dataDir, 'archive') })
  const { ingest, erasures, warnings } = service
  expect(warnings).toEqual(leftovers.map((path) => expect.stringContaining(`The unfinished file ${path} cannot be removed`)))
  expect((await ingest.record([view('e1', 'ann')])).map(({ status }) => status)).toEqual(['RECORDED'])
  await expect(erasures.erase('ann')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  for (const path of leftovers) await rmdir(path)
  expect(await erasures.erase('ann')).toMatchObject({ logEntries: 1 })
})
