import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DAY } from '../../src/time-units.ts'
import { freePort } from '../support/free-port.ts'
import { writeLinearModel } from '../support/linear-model.ts'
import { serveNeighbours } from '../support/neighbour-lists.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { openOn } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { Issuer } from '../support/tokens.ts'
import { liverank } from '../support/warm-command.ts'

interface Finding {
  check: string
  status: string
  message: string
  advice?: string
}

/** @returns the findings that are not ok, and the exit code */
async function doctor(settings: Record<string, string>): Promise<{ code: number; found: Finding[]; all: Finding[] }> {
  const { code, out } = await liverank(['doctor', '--json'], { PORT: '1', ...settings })
  const { findings, problems, warnings } = JSON.parse(out) as { findings: Finding[]; problems: number; warnings: number }
  const found = findings.filter(({ status }) => status !== 'ok')
  expect(found).toHaveLength(problems + warnings)
  expect(code).toBe(problems > 0 ? 1 : 0)
  return { code, found, all: findings }
}

describe('liverank doctor', () => {
  it('finds nothing wrong while the service runs, and changes nothing', async () => {
    const DATA_DIR = await temporaryDirectory()
    const service = new StartedService({ DATA_DIR })
    const { port } = new URL(await service.serving())
    const { code, out, errors } = await liverank(['doctor'], { DATA_DIR, PORT: port })
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    for (const check of ['settings', 'store', 'disk', 'model', 'clock', 'service'])
      expect(out).toMatch(new RegExp(`^ok +${check} `, 'm'))
    expect(out).toContain(`${DATA_DIR} holds a store, and a service is using it`)
    expect(out).toContain('The service is running, and ready.')
    expect(out).toMatch(/\n0 problems, 0 warnings\.\n$/)
  })

  it('shows the memory of a running service: in total, and by owner, largest first', async () => {
    const DATA_DIR = await temporaryDirectory()
    const METRICS_PORT = String(await freePort())
    const service = new StartedService({ DATA_DIR, METRICS_PORT, MODEL: 'default' })
    const { port } = new URL(await service.serving())
    const memoryOf = async (settings: Record<string, string>) => {
      const { all } = await doctor({ DATA_DIR, PORT: port, ...settings })
      return all.filter(({ check }) => check === 'memory')
    }
    const [{ status, message }] = await memoryOf({ METRICS_PORT })
    expect(status).toBe('ok')
    const [, resident, heap, list] =
      /^Resident memory ([\d.]+) MB, JavaScript heap ([\d.]+) MB\. Memory by owner, MB: (.*)\.$/.exec(message)!
    expect(Number(resident)).toBeGreaterThan(Number(heap))
    expect(Number(heap)).toBeGreaterThan(10)
    const owners = list.split(', ').map((owner) => owner.split(' '))
    const sizes = owners.map(([, megabytes]) => Number(megabytes))
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a))
    // The shipped model is the largest in a service without data.
    expect(owners[0]).toEqual(['models', expect.stringMatching(/^3\.\d$/)])
    for (const owner of ['decoded_users', 'sums', 'catalogue', 'connections', 'subscriptions'])
      expect(owners.map(([name]) => name)).toContain(owner)

    expect(await memoryOf({})).toEqual([
      { check: 'memory', status: 'ok', message: expect.stringContaining('start it with METRICS_PORT') },
    ])
    const elsewhere = String(await freePort())
    expect(await memoryOf({ METRICS_PORT: elsewhere })).toEqual([
      {
        check: 'memory',
        status: 'warning',
        message: `The service gives no metrics at http://127.0.0.1:${elsewhere}/metrics. So its memory is unknown.`,
        advice: expect.stringContaining('METRICS_PORT'),
      },
    ])
  })

  it('warns of neighbour lists that are old, in the words of the running service', async () => {
    const DATA_DIR = await temporaryDirectory()
    const clock = new SettableClock(Date.now() - 3 * DAY)
    const before = await openOn(undefined, { dataDir: DATA_DIR, clock })
    await serveNeighbours(before, 'v1', { a: { x: 1 } })
    await before.close()
    const unchecked = await doctor({ DATA_DIR })
    const ofClock = expect.stringMatching(/^The clock of this machine says .*3\.0 days ahead of the time of the service/)
    expect(unchecked.found).toEqual([{ check: 'clock', status: 'warning', message: ofClock }])
    const CLOCK_CHECKED = new Date().toISOString().slice(0, 10)
    const service = new StartedService({ DATA_DIR, CLOCK_CHECKED })
    const { port } = new URL(await service.serving())
    const { found } = await doctor({ DATA_DIR, CLOCK_CHECKED, PORT: port })
    expect(found).toEqual([
      { check: 'service', status: 'warning', message: expect.stringMatching(/^The neighbour lists were computed on /) },
    ])
  })

  it('names settings that are not usable, and looks no further', async () => {
    const { all } = await doctor({ PORT: 'http', DURABILITY: 'replica' })
    expect(all).toEqual([
      { check: 'settings', status: 'problem', message: expect.stringMatching(/PORT: a whole number\n {2}DURABILITY: /) },
    ])
  })

  it('says whether the issuer of tokens provides its keys', async () => {
    const issuer = await Issuer.start()
    const DATA_DIR = await temporaryDirectory()
    const ofIssuer = async () => {
      const { all } = await doctor({ DATA_DIR, JWKS_URL: issuer.url })
      return all.filter(({ check }) => check === 'issuer').map(({ status, message }) => `${status}: ${message}`)
    }
    const name = 'The issuer of tokens (JWKS_URL)'
    expect(await ofIssuer()).toEqual([`warning: ${name} has no keys: every token will be refused.`])
    await issuer.rotate('ES256', 'key')
    expect(await ofIssuer()).toEqual([`ok: ${name} has 1 public key.`])
    issuer.answer = { status: 302, body: '' }
    expect(await ofIssuer()).toEqual([`problem: ${name} gives no keys. The answer has the status 302 instead of 200.`])
    const { found } = await doctor({ DATA_DIR, JWKS_URL: `http://127.0.0.1:${await freePort()}/keys` })
    expect(found).toContainEqual(
      expect.objectContaining({ check: 'issuer', message: `${name} gives no keys. The connection failed: ECONNREFUSED.` }),
    )
  })

  it('names a folder that cannot be used, and a model that cannot be served', async () => {
    const folder = await temporaryDirectory()
    const DATA_DIR = join(folder, 'file')
    await writeFile(DATA_DIR, 'x')
    await writeLinearModel(folder, 'foreign', { nobody_knows_me: 1 })
    const { found } = await doctor({ DATA_DIR, MODEL_DIR: folder, MODEL: 'foreign' })
    expect(found).toContainEqual({
      check: 'store',
      status: 'problem',
      message: expect.stringContaining('is a file, or lies below one: name a folder'),
    })
    expect(found).toContainEqual({
      check: 'model',
      status: 'problem',
      message: expect.stringMatching(/needs the feature "nobody_knows_me".*or set MODEL= \(empty\) to rank without a model/),
    })
    if (process.getuid?.() === 0) return
    const closed = join(folder, 'closed')
    await chmod(closed, 0o500)
    expect((await doctor({ DATA_DIR: closed })).found).toContainEqual(
      expect.objectContaining({ check: 'disk', status: 'problem' }),
    )
  })

  it.skipIf(!redisAvailable)('says what data Redis could lose, and with which settings the store was created', async () => {
    const redis = await RedisServer.start({ 'maxmemory-policy': 'allkeys-lru' })
    onTestFinished(() => redis.stop())
    const evicting = await doctor({ REDIS_URL: redis.url, ARCHIVE_DIR: await temporaryDirectory() })
    expect(evicting.found).toContainEqual({
      check: 'store',
      status: 'problem',
      message: expect.stringContaining('allkeys-lru'),
      advice: expect.stringContaining('ALLOW_EVICTION=1'),
    })
    expect(evicting.found).toContainEqual(
      expect.objectContaining({ status: 'warning', message: expect.stringContaining('no append-only file') }),
    )
    expect(evicting.all).toContainEqual(
      expect.objectContaining({ check: 'clock', status: 'ok', message: expect.stringContaining('Redis') }),
    )

    await openOn(redis.url, { prefix: 'lr', allowsEviction: true })
    const { found } = await doctor({ REDIS_URL: redis.url, ALLOW_EVICTION: '1', PARTITIONS: '7' })
    expect(found).toContainEqual({
      check: 'store',
      status: 'problem',
      message: expect.stringContaining('but the settings say 7 and'),
      advice: expect.stringMatching(/^Set PARTITIONS=\d+ and SHARDS=\d+/),
    })
    expect(found).toContainEqual(
      expect.objectContaining({ check: 'settings', message: expect.stringContaining('ARCHIVE_DIR is not set') }),
    )
    const away = await doctor({ REDIS_URL: 'redis://127.0.0.1:1' })
    expect(away.found).toContainEqual(
      expect.objectContaining({ status: 'problem', message: expect.stringContaining('Nothing listens') }),
    )
  })
})
