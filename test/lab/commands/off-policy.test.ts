import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readArchive } from '../../../src/state/log/archive.ts'
import { eventually } from '../../support/eventually.ts'
import { eventsOf } from '../../support/log-oracle.ts'
import { openOn } from '../../support/service.ts'
import { simulatedFolder } from '../../support/simulated-folder.ts'
import { REQUEST } from '../../support/slate-request.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { liverank } from '../../support/warm-command.ts'

const SLATES = 20
/** In MB: a snapshot after every step. */
const ALWAYS = 1e-6

/** What a service records of slates that were seen: in its journal, and in its archive. */
async function recordedFolder(): Promise<string> {
  const dataDir = join(await temporaryDirectory(), 'data')
  const { uploads, ingest, recommender, close } = await openOn(undefined, { dataDir, snapshotEvery: ALWAYS })
  await uploads.upsertItems(['i1', 'i2'].map((itemId) => ({ itemId, attributes: {} })))
  for (let user = 0; user < SLATES; user++) {
    const userId = `u${user}`
    const { recommendationId } = await recommender.recommend({ ...REQUEST, userId, first: 2 }, 'INITIAL')
    await ingest.record([{ userId, eventType: 'impression', recommendationId, positions: [1, 2] }])
  }
  await eventually(async () => {
    await ingest.record([{ userId: 'u0', eventType: 'search' }])
    // On a slow machine, the first segments end before the first impression.
    expect(await archivedTypes(join(dataDir, 'archive'))).toContain('impression')
  })
  await close()
  return dataDir
}

async function archivedTypes(folder: string): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const { line } of readArchive(folder)) lines.push(line)
  return eventsOf(lines).map(({ eventType }) => eventType)
}

describe('npm run off-policy', () => {
  it('reads what a service recorded, wherever its archive is', async () => {
    const dataDir = await recordedFolder()
    const whole = await liverank(['off-policy', dataDir])
    expect(whole).toMatchObject({ code: 0, errors: '' })
    expect(whole.out).toMatch(new RegExp(`^${2 * SLATES} impressions of slates, with 0 explored decisions`))

    const elsewhere = await temporaryDirectory()
    const archived = join(dataDir, 'archive')
    const segments = await readdir(archived)
    expect(segments.length).toBeGreaterThan(0)
    for (const name of segments) await rename(join(archived, name), join(elsewhere, name))
    // What is not archived yet does not have them all.
    expect((await liverank(['off-policy', dataDir])).out).not.toBe(whole.out)
    expect(await liverank(['off-policy', dataDir], { ARCHIVE_DIR: elsewhere })).toEqual(whole)
  })

  it('says that the first segment of a journal is missing', async () => {
    const dataDir = await recordedFolder()
    for (const name of await readdir(join(dataDir, 'archive'))) await rm(join(dataDir, 'archive', name))
    const { code, errors } = await liverank(['off-policy', dataDir])
    expect(code).toBe(0)
    expect(errors).toMatch(new RegExp(`The log of ${dataDir} begins with segment ([2-9]|\\d\\d+) of the journal`))
  })

  it('names the line of a journal that is damaged', async () => {
    const dataDir = await recordedFolder()
    const journal = join(dataDir, 'journal.jsonl')
    await writeFile(journal, `no entry\n${await readFile(journal, 'utf8')}`)
    const { code, errors } = await liverank(['off-policy', dataDir])
    expect(code).toBe(1)
    expect(errors).toContain(`${journal}:1`)
  })

  it('refuses a folder that the service did not record', async () => {
    const folder = simulatedFolder()
    expect(await liverank(['off-policy', folder])).toMatchObject({
      code: 2,
      errors: expect.stringContaining(
        `${folder} was not recorded by the service: name a DATA_DIR, an ARCHIVE_DIR, the Open Bandit`,
      ),
    })
  })
})
