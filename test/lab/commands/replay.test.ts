import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { LIVERANK_LAB } from '../../support/built-command.ts'
import { eventually } from '../../support/eventually.ts'
import { IS_LONG, itWhenLong } from '../../support/long.ts'
import { redisAvailable } from '../../support/redis-server.ts'
import { simulatedFolder } from '../../support/simulated-folder.ts'
import { scratchDirectory } from '../../support/temporary-directory.ts'
import { refused } from '../../support/warm-command.ts'

const run = promisify(execFile)
const replay = (...args: string[]) => run(process.execPath, [LIVERANK_LAB, 'replay', ...args], { maxBuffer: 1e7 })

/** Process id of the server that the command has started, as the lock of its data folder says. */
function serverIn(folder: string): number {
  const [scratch] = readdirSync(folder)
  return (JSON.parse(readFileSync(join(folder, scratch, 'lock'), 'utf8')) as { pid: number }).pid
}

/** A process that has ended, and that nobody has asked how, does not run. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = `/proc/${pid}/stat`
  return !(existsSync(stat) && readFileSync(stat, 'utf8').includes(') Z '))
}

const LOG = simulatedFolder()
const EVENTS = IS_LONG ? 900 : 450
const SIGNALS: readonly NodeJS.Signals[] = IS_LONG ? ['SIGINT', 'SIGTERM'] : ['SIGTERM']

describe('npm run replay', () => {
  itWhenLong('gives equal figures on both stores, above popularity', { skip: !redisAvailable }, async () => {
    const { stdout } = await replay(simulatedFolder(), '--limit', String(EVENTS), '--score-from', '0.2', '--json')
    const { figures, events } = JSON.parse(stdout)
    expect(events).toBe(EVENTS)
    expect(figures).toMatchObject([
      { server: 'memory', recorded: EVENTS, duplicates: 0, rejected: 0 },
      { server: 'redis', recorded: EVENTS, duplicates: 0, rejected: 0 },
    ])
    expect(figures[0].rows).toEqual(figures[1].rows)
    const mrr = Object.fromEntries(
      figures[0].rows.map((row: { rowSet: string; method: string; mrr20: number }) => [`${row.rowSet} ${row.method}`, row.mrr20]),
    )
    expect(figures[0].rows[0].rows).toBeGreaterThan(EVENTS / 20)
    expect(mrr['all slate']).toBeGreaterThan(mrr['all popularity'])
    expect(mrr['all slate']).toBeGreaterThan(mrr['all item_to_item'])
  })

  it.each(SIGNALS)('leaves neither a file nor a process behind when %s ends it', async (signal) => {
    const TMPDIR = scratchDirectory()
    const options = { env: { ...process.env, TMPDIR }, stdio: 'ignore' } as const
    const command = spawn(process.execPath, [LIVERANK_LAB, 'replay', simulatedFolder(), '--store', 'memory'], options)
    const ended = once(command, 'exit')
    const server = await eventually(() => serverIn(TMPDIR))
    command.kill(signal)
    expect(await ended).toEqual([null, signal])
    expect(readdirSync(TMPDIR)).toEqual([])
    await eventually(() => expect(isRunning(server)).toBe(false))
  })

  it('leaves no Redis behind when it is ended before this answers', async () => {
    const folder = scratchDirectory()
    const [program, started] = [join(folder, 'redis-server'), join(folder, 'started')]
    writeFileSync(program, `#!/bin/sh\necho $$ > ${started}\nexec sleep 600\n`, { mode: 0o755 })
    const options = { env: { ...process.env, REDIS_SERVER: program }, stdio: 'ignore' } as const
    const command = spawn(process.execPath, [LIVERANK_LAB, 'replay', simulatedFolder(), '--store', 'redis'], options)
    const ended = once(command, 'exit')
    const pid = await eventually(() => z.coerce.number().positive().parse(readFileSync(started, 'utf8')))
    command.kill('SIGTERM')
    expect(await ended).toEqual([null, 'SIGTERM'])
    await eventually(() => expect(isRunning(pid)).toBe(false))
  })

  it('says what is wrong with a log that is out of order', async () => {
    const folder = scratchDirectory()
    const event = (eventId: string, timestamp: number) =>
      JSON.stringify({ eventId, userId: 'u', itemId: 'i', eventType: 'view', timestamp })
    writeFileSync(join(folder, 'events.jsonl'), `${event('b', 2000)}\n${event('a', 1000)}\n`)
    await expect(replay(folder)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('events.jsonl:2') })
  })

  it('says before it plays anything that no event names a surface', async () => {
    await expect(replay(simulatedFolder(), '--surface-attribute', 'tab')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no event has eventAttributes.tab'),
    })
  })

  it.each([
    [[], "missing required argument 'folder'"],
    [['nowhere'], 'nowhere does not exist'],
    [['x', '--store', 'disk'], "option '--store <kind>' argument 'disk' is invalid. Allowed choices are memory, redis, both."],
    [[LOG, '--url', 'ws://127.0.0.1:1/graphql', '--model', 'mine'], '--model is for a server that the command starts'],
  ])('says what is wrong with the arguments %j', async (args, sentence) => {
    expect(await refused(['replay', ...args])).toMatchObject({ code: 2, errors: expect.stringContaining(sentence) })
  })
})
