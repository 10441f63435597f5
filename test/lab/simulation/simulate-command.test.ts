import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { LIVERANK_LAB } from '../../support/built-command.ts'
import { scratchDirectory } from '../../support/temporary-directory.ts'
import { eventInputRules } from './event-input-rules.ts'

type Ended = { code: number; stdout: string; stderr: string }

function simulate(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [LIVERANK_LAB, 'simulate', ...args], (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

let directory: string
beforeAll(async () => {
  directory = scratchDirectory()
})

async function lines(path: string): Promise<string[]> {
  return gunzipSync(await readFile(path))
    .toString()
    .trimEnd()
    .split('\n')
}

describe('the simulate command', () => {
  it('writes a data folder, and the same one again from the parameters in its README', async () => {
    const first = join(directory, 'first')
    const small = ['--seed', '5', '--items', '50', '--shoppers', '40', '--days', '3']
    const { code, stdout, stderr } = await simulate('--out', first, ...small)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('session_start')

    const events = (await lines(join(first, 'events.jsonl.gz'))).map((line) => eventInputRules.parse(JSON.parse(line)))
    expect(events.length).toBeGreaterThan(100)
    const keys = events.map(({ timestamp, eventId }) => `${timestamp} ${eventId}`)
    expect(keys).toEqual(keys.toSorted())
    expect(events[0]!.timestamp).toBeGreaterThanOrEqual(Date.UTC(2026, 0, 5))
    const items = await lines(join(first, 'items.jsonl.gz'))
    expect(items.length).toBe(50)
    expect(Object.keys(JSON.parse(items[0]!))).toEqual(['itemId', 'attributes'])

    const readme = await readFile(join(first, 'README.md'), 'utf8')
    const checksum = createHash('sha256')
      .update(await readFile(join(first, 'events.jsonl.gz')))
      .digest('hex')
    expect(readme).toContain(`events.jsonl.gz sha256 ${checksum}`)
    const [, again] = readme.match(/liverank simulate --out DIR (.*)/)!
    const second = join(directory, 'second')
    expect((await simulate('--out', second, ...again!.split(' '))).code).toBe(0)
    for (const file of ['events.jsonl.gz', 'items.jsonl.gz', 'README.md']) {
      expect(await readFile(join(second, file))).toEqual(await readFile(join(first, file)))
    }
  })

  it('writes the attributes of shoppers with --tastes, and no longer without', async () => {
    const folder = join(directory, 'people')
    const small = ['--out', folder, '--seed', '5', '--items', '50', '--shoppers', '40', '--days', '1']
    expect(await simulate(...small, '--tastes', 'size,age')).toMatchObject({ code: 0, stderr: '' })
    const users = (await lines(join(folder, 'users.jsonl.gz'))).map((line) => JSON.parse(line))
    expect(users.length).toBe(40)
    expect(new Set(users.map(({ userId }) => userId)).size).toBe(40)
    for (const { attributes } of users) {
      expect(attributes).toEqual({
        age: expect.any(Number),
        city: expect.any(String),
        size: expect.stringMatching(/^(S|M|L|XL)$/),
      })
    }
    const items = (await lines(join(folder, 'items.jsonl.gz'))).map((line) => JSON.parse(line))
    expect(items.some(({ attributes }) => attributes.size === 'M')).toBe(true)
    const readme = await readFile(join(folder, 'README.md'), 'utf8')
    expect(readme).toContain('--tastes age,size --taste-strength 1\n')
    expect(readme).toContain('- users.jsonl.gz sha256 ')
    expect(await simulate(...small)).toMatchObject({ code: 0 })
    await expect(readFile(join(folder, 'users.jsonl.gz'))).rejects.toThrow('ENOENT')
  })

  it('leaves out impressions with --no-impressions, and nothing else', async () => {
    const [whole, unseen] = [join(directory, 'whole'), join(directory, 'unseen')]
    const small = ['--seed', '5', '--items', '50', '--shoppers', '40', '--days', '1']
    await simulate('--out', whole, ...small)
    expect(await simulate('--out', unseen, ...small, '--no-impressions')).toMatchObject({ code: 0, stderr: '' })
    const events = await lines(join(whole, 'events.jsonl.gz'))
    const others = events.filter((line) => JSON.parse(line).eventType !== 'impression')
    expect(others.length).toBeLessThan(events.length)
    expect(await lines(join(unseen, 'events.jsonl.gz'))).toEqual(others)
    const readme = await readFile(join(unseen, 'README.md'), 'utf8')
    expect(readme).toContain('the log has no impressions')
    expect(readme).toContain(' --no-impressions\n')
  })

  it('explains its options', async () => {
    const { code, stdout } = await simulate('--help')
    expect(code).toBe(0)
    const ofShop = ['--seed', '--items', '--shoppers', '--days', '--tastes', '--taste-strength']
    for (const option of ['--out', '--url', ...ofShop, '--sessions', '--rate', '--live']) {
      expect(stdout).toContain(option)
    }
  })

  it.each([
    [
      ['--out', 'somewhere', '--seed', 'one'],
      "option '--seed <n>' argument 'one' is invalid. Give a whole number from 0 to 4294967295.",
    ],
    [['--url', 'nowhere'], "not 'nowhere'."],
    [[], 'Give either --out, the folder to write, or --url, the server to drive.'],
    [['--out', 'somewhere', '--live'], '--live goes with --url, not with --out.'],
    [['--url', 'http://127.0.0.1:1', '--no-impressions'], '--no-impressions goes with --out, not with --url.'],
    [['--out', 'somewhere', '--tastes', 'agee'], "There is no taste 'agee'. Did you mean age?"],
    [['--out', 'somewhere', '--tastes', 'age', '--taste-strength', '9'], 'Give a number from 0 to 5.'],
    [['--verbose'], "unknown option '--verbose'"],
  ])('refuses %j in a sentence', async (args, sentence) => {
    const { code, stdout, stderr } = await simulate(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(sentence)
    expect(stderr).not.toContain('    at ')
  })

  it('says in a sentence that a folder cannot be written', async () => {
    const { code, stderr } = await simulate('--out', '/dev/null/here', '--shoppers', '1')
    expect(code).toBe(2)
    expect(stderr).toMatch(/^liverank: --out: \/dev\/null\/here is a file.*ENOTDIR.*\n$/)
  })
})
