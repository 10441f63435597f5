import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { EventInput } from '../../../src/events/validate-event.ts'
import { LIVERANK_LAB } from '../../support/built-command.ts'
import { openOn } from '../../support/service.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

function verifyFeatures(...args: string[]): { code: number | null; out: string; err: string } {
  const command = [LIVERANK_LAB, 'verify-features', ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

/** A DATA_DIR with ten views, and a slate behind each. */
async function recorded(vectorShare: number): Promise<string> {
  const dataDir = await temporaryDirectory()
  const service = await openOn(undefined, { dataDir, vectorShare })
  const { clock, ingest, recommender, uploads } = service
  await uploads.upsertItems(['i0', 'i1', 'i2'].map((itemId) => ({ itemId, attributes: { category: 'a', price: 5 } })))
  for (let n = 0; n < 10; n++) {
    clock.advance(1000)
    const event: EventInput = { eventId: `e${n}`, userId: 'u', itemId: `i${n % 3}`, eventType: 'view', timestamp: clock.now() }
    await ingest.record([event])
    const where = { surface: undefined, device: undefined, sessionId: undefined }
    await recommender.recommend({ userId: 'v', first: 3, ...where }, 'INITIAL')
  }
  await service.close()
  return dataDir
}

describe('npm run verify-features', () => {
  it('ends with 0 if all are equal, and says how many it compared', async () => {
    const dataDir = await recorded(1)
    expect(verifyFeatures(dataDir)).toEqual({
      code: 0,
      out: `${dataDir}: 10 decisions compared with their vectors as served, 0 differ\n`,
      err: '',
    })
    expect(verifyFeatures(dataDir, '--decisions', '4').out).toContain(': 4 decisions compared')
  })

  it('ends with 1 if one differs, and names the feature, the item and both values', async () => {
    const dataDir = await recorded(1)
    const path = join(dataDir, 'journal.jsonl')
    const lines = (await readFile(path, 'utf8')).split('\n')
    const at = lines.findIndex((line) => line.startsWith('{"kind":"events"'))
    await writeFile(path, lines.toSpliced(at, 1).join('\n'))
    const { code, out } = verifyFeatures(dataDir)
    expect(code).toBe(1)
    expect(out).toMatch(/decisions compared with their vectors as served, [1-9]\d* differ/)
    expect(out).toMatch(/^ {2}[\w-]+: \w+ of i\d was \S+ when served, and is \S+ in the replay$/m)
  })

  it('ends with 1 and a sentence if nothing can be verified', async () => {
    const without = await recorded(0)
    const silent = verifyFeatures(without)
    expect(silent.code).toBe(1)
    expect(silent.out).toContain('set VECTOR_SHARE above 0')
    expect(silent.err).toMatch(/^liverank: .* has no decision to compare, so nothing is verified\.$/m)
    const elsewhere = await temporaryDirectory()
    await writeFile(join(elsewhere, 'events.jsonl'), '')
    expect(verifyFeatures(elsewhere)).toMatchObject({ code: 2, err: expect.stringContaining('was not recorded by the service') })
    expect(verifyFeatures()).toMatchObject({ code: 2, err: expect.stringContaining("missing required argument 'folder'") })
    expect(verifyFeatures('x', '--decisions', '0')).toMatchObject({
      code: 2,
      err: expect.stringContaining("argument '0' is invalid"),
    })
  })

  it('prints how it is used', () => {
    expect(verifyFeatures('--help')).toMatchObject({ code: 0, out: expect.stringMatching(/Exit\s+code\s+1/) })
  })
})
