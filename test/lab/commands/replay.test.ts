import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { LIVERANK_LAB } from '../../support/built-command.ts'
import { redisAvailable } from '../../support/redis-server.ts'
import { simulatedFolder } from '../../support/simulated-folder.ts'
import { refused } from '../../support/warm-command.ts'

const run = promisify(execFile)
const replay = (...args: string[]) => run(process.execPath, [LIVERANK_LAB, 'replay', ...args], { maxBuffer: 1e7 })

describe('npm run replay', () => {
  it.skipIf(!redisAvailable)('gives equal figures on both stores, above popularity', { timeout: 120_000 }, async () => {
    const { stdout } = await replay(simulatedFolder(), '--limit', '900', '--score-from', '0.2', '--json')
    const { figures, events } = JSON.parse(stdout)
    expect(events).toBe(900)
    expect(figures).toMatchObject([
      { server: 'memory', recorded: 900, duplicates: 0, rejected: 0 },
      { server: 'redis', recorded: 900, duplicates: 0, rejected: 0 },
    ])
    expect(figures[0].rows).toEqual(figures[1].rows)
    const mrr = Object.fromEntries(
      figures[0].rows.map((row: { rowSet: string; method: string; mrr20: number }) => [`${row.rowSet} ${row.method}`, row.mrr20]),
    )
    expect(figures[0].rows[0].rows).toBeGreaterThan(60)
    expect(mrr['all slate']).toBeGreaterThan(mrr['all popularity'])
    expect(mrr['all slate']).toBeGreaterThan(mrr['all item_to_item'])
  })

  it('says what is wrong with a log that is out of order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'liverank-replay-'))
    const event = (eventId: string, timestamp: number) =>
      JSON.stringify({ eventId, userId: 'u', itemId: 'i', eventType: 'view', timestamp })
    writeFileSync(join(folder, 'events.jsonl'), `${event('b', 2000)}\n${event('a', 1000)}\n`)
    await expect(replay(folder)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('events.jsonl:2') })
  })

  it('says before it plays anything that no event says where things were shown', async () => {
    await expect(replay(simulatedFolder(), '--surface-attribute', 'tab')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no event has eventAttributes.tab'),
    })
  })

  it.each([
    [[], "missing required argument 'folder'"],
    [['nowhere'], 'nowhere does not exist'],
    [['x', '--store', 'disk'], "option '--store <kind>' argument 'disk' is invalid. Allowed choices are memory, redis, both."],
    [['x', '--url', 'ws://127.0.0.1:1/graphql', '--model', 'mine'], '--model is for a server that the command starts'],
  ])('says what is wrong with the arguments %j', async (args, sentence) => {
    expect(await refused(['replay', ...args])).toMatchObject({ code: 2, errors: expect.stringContaining(sentence) })
  })
})
