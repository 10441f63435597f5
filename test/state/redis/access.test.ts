import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, connect as openConnection } from 'node:net'
import { Redis } from 'ioredis'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { readConfig } from '../../../src/service/config.ts'
import { placeOf } from '../../../src/state/redis/access.ts'
import { COMMANDS_TO_GRANT } from '../../../src/state/redis/permissions.ts'
import { Authority, type Certificate, opensslAvailable } from '../../support/certificates.ts'
import { eventually } from '../../support/eventually.ts'
import { freePort } from '../../support/free-port.ts'
import { post, sseClient, webSocketClient } from '../../support/graphql-client.ts'
import { RedisServer, type RedisSettings, redisAvailable } from '../../support/redis-server.ts'
import { connect } from '../../support/server.ts'
import { LIVE, RECORD, recordedOf, slateOf } from '../../support/slate-answer.ts'
import { StartedService } from '../../support/started-service.ts'
import { scratchDirectory } from '../../support/temporary-directory.ts'
import { liverank, refusedToServe } from '../../support/warm-command.ts'

const PASSWORD = 'p@ss:w/o#rd%'

async function start(settings: RedisSettings = {}): Promise<RedisServer> {
  const redis = await RedisServer.start(settings)
  onTestFinished(() => redis.stop())
  return redis
}

/** Records and reads through a service with these settings, live updates included. */
async function expectServes(settings: Record<string, string>): Promise<StartedService> {
  const service = new StartedService({ PARTITIONS: '4', SHARDS: '2', ...settings })
  const url = await service.serving()
  const slates = connect(webSocketClient, url).subscribe(LIVE, { input: { userId: 'me' } })
  await slates.next()
  const { userVersion } = recordedOf(await post(url, RECORD, { input: { userId: 'me', itemId: 'i1', eventType: 'view' } }))
  expect(slateOf(await slates.next()).version).toBe(userVersion)
  return service
}

/** What `doctor` says of the store, and what `serve` ends with. Neither may tell a secret. */
async function refusal(settings: Record<string, string>): Promise<string> {
  const { code: ofService, errors } = await refusedToServe({ LOG_LEVEL: 'debug', ...settings })
  expect([1, 78]).toContain(ofService)
  const { out, code } = await liverank(['doctor', '--json'], { PORT: '1', LOG_LEVEL: 'debug', MODEL: '', ...settings })
  expect(code).toBe(1)
  for (const text of [errors, out]) {
    expect(text).not.toContain(settings.REDIS_PASSWORD ?? PASSWORD)
    expect(text).not.toContain(PASSWORD.slice(2))
  }
  const { findings } = JSON.parse(out) as { findings: { check: string; status: string; message: string }[] }
  const problem = findings.find(({ status }) => status === 'problem')
  expect(errors).toContain(problem?.message)
  return errors
}

describe('an address of Redis', () => {
  it.each([
    [{ url: 'redis://h' }, { kind: 'server', node: { host: 'h', port: 6379 }, options: {} }],
    [
      { url: 'redis://u:p%40@[::1]:7/3' },
      { kind: 'server', node: { host: '::1', port: 7 }, options: { username: 'u', password: 'p@', db: 3 } },
    ],
    [
      { url: 'rediss+cluster://a,b:2', username: 'u', password: 'p' },
      {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 6379 },
          { host: 'b', port: 2 },
        ],
        options: { username: 'u', password: 'p', tls: {} },
      },
    ],
    [
      { url: 'redis+sentinel://a,b:2/shop', password: 'p', sentinelPassword: 's' },
      {
        kind: 'sentinel',
        nodes: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 2 },
        ],
        masterName: 'shop',
        options: { password: 'p' },
        sentinelOptions: { password: 's' },
      },
    ],
  ])('is read: %j', (access, place) => expect(placeOf(access)).toEqual(place))

  it.each([
    'redis+sentinel://a:1',
    'redis+sentinel://u:se@cret@a:1/m',
    'redis+cluster://a:1/2',
    'redis://a:1/db',
    'redis://u:se@cret@',
  ])('is refused without its password: %s', (url) => {
    expect(() => placeOf({ url })).toThrow(/^REDIS_URL is /)
    expect(() => placeOf({ url })).not.toThrow(/se@|cret/)
  })

  /** What the settings are refused with; empty if they are not. */
  function problems(settings: Record<string, string>): string {
    try {
      readConfig(settings)
      return ''
    } catch (error) {
      expect(error).toMatchObject({ code: 'CONFIGURATION' })
      return (error as Error).message
    }
  }

  it.each([
    'redis://h',
    'redis://u:secret@10.0.0.1:7/3',
    'redis://secret@127.0.0.1@h',
    'redis://[::2]',
    'redis+cluster://127.0.0.1:1,h:2',
    'redis+sentinel://localhost,h:2/shop',
  ])('is refused if another machine could be reached without TLS: %s', (url) => {
    expect(problems({ REDIS_URL: url })).toMatch(
      /^Invalid settings:\n {2}REDIS_URL: \S+ is another machine, .* ALLOW_PLAINTEXT_REDIS=1/,
    )
    expect(problems({ REDIS_URL: url })).not.toContain('secret')
    expect(problems({ REDIS_URL: url, ALLOW_PLAINTEXT_REDIS: '0' })).toContain('is another machine')
    expect(problems({ REDIS_URL: url, ALLOW_PLAINTEXT_REDIS: '1' })).toBe('')
    expect(problems({ REDIS_URL: url.replace('redis', 'rediss') })).toBe('')
  })

  it.each(['redis://localhost', 'redis://[::1]:7/3', 'redis+cluster://127.0.0.1:1,[::1]:2', 'redis+sentinel://127.0.0.1/shop'])(
    'needs no TLS on this machine: %s',
    (url) => expect(problems({ REDIS_URL: url })).toBe(''),
  )

  it('is refused with settings that do not fit it, and without their values', () => {
    expect(problems({ REDIS_URL: 'redis://a:1/db' })).toBe(
      'Invalid settings:\n  REDIS_URL is redis://a:1/db: after the port comes the number of a database.',
    )
    expect(problems({ ALLOW_PLAINTEXT_REDIS: '1' })).toMatch(/ALLOW_PLAINTEXT_REDIS: it has no effect without REDIS_URL/)
    expect(problems({ REDIS_PASSWORD: PASSWORD })).toMatch(/REDIS_PASSWORD: it has no effect without REDIS_URL/)
    expect(problems({ REDIS_URL: 'redis://u:x@h', REDIS_PASSWORD: PASSWORD })).toMatch(/Remove one of them/)
    expect(problems({ REDIS_URL: 'redis://h', REDIS_USERNAME: 'u' })).toMatch(/Set REDIS_PASSWORD/)
    expect(problems({ REDIS_URL: 'redis://h', REDIS_CA: 'ca.crt' })).toMatch(/REDIS_CA: REDIS_URL does not use TLS/)
    expect(problems({ REDIS_URL: 'rediss://h', REDIS_CERT: 'c' })).toMatch(/Set both, or none/)
    expect(problems({ REDIS_URL: 'redis://h', REDIS_SENTINEL_PASSWORD: PASSWORD })).toMatch(/names no sentinels/)
    expect(problems({ REDIS_URL: 'rediss://h', REDIS_PASSWORD: PASSWORD })).toBe('')
    for (const settings of [{ REDIS_PASSWORD: PASSWORD }, { REDIS_URL: 'redis://u:x@h', REDIS_PASSWORD: PASSWORD }])
      expect(problems(settings)).not.toContain(PASSWORD)
  })
})

/**
 * A way to a server, on which every other connection is broken off when the server ends it, as the network may: what the server said
 * last is lost.
 * @returns its address
 */
async function losesReasons(url: string): Promise<string> {
  const { port } = new URL(url)
  let connections = 0
  const way = createServer((client) => {
    const isLossy = connections++ % 2 === 0
    const server = openConnection(Number(port), '127.0.0.1')
    const last: Buffer[] = []
    let sent = 0
    client.on('data', (data) => {
      sent++
      server.write(data)
    })
    // The first part of the server goes on; what follows may be a refusal, and waits for its end.
    server.on('data', (data) => {
      if (sent < 2) client.write(data)
      else last.push(data)
    })
    server.on('close', () => {
      if (isLossy) client.resetAndDestroy()
      else client.end(Buffer.concat(last))
    })
    for (const socket of [client, server]) socket.on('error', () => {})
    client.on('close', () => server.destroy())
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void way.close())
  await once(way, 'listening')
  return `rediss://127.0.0.1:${(way.address() as AddressInfo).port}`
}

describe.skipIf(!redisAvailable || !opensslAvailable)('Redis over TLS', () => {
  let folder: string
  let authority: Authority
  let server: Certificate

  beforeAll(async () => {
    folder = scratchDirectory()
    authority = new Authority(folder, 'authority')
    server = authority.issue('redis')
  })

  /** Only over TLS, with certificates of clients or without. */
  async function startOverTls({ cert, key } = server, clients: 'yes' | 'no' = 'no'): Promise<string> {
    const port = await freePort()
    const files = { 'tls-cert-file': cert, 'tls-key-file': key, 'tls-ca-cert-file': authority.ca }
    await start({ 'tls-port': String(port), 'tls-auth-clients': clients, ...files })
    return `rediss://127.0.0.1:${port}`
  }

  it('is used with the authority of REDIS_CA, and with a certificate of the service if Redis asks for one', async () => {
    const own = authority.issue('service')
    await expectServes({ REDIS_URL: await startOverTls(), REDIS_CA: authority.ca })
    const REDIS_URL = await startOverTls(server, 'yes')
    await expectServes({ REDIS_URL, REDIS_CA: authority.ca, REDIS_CERT: own.cert, REDIS_KEY: own.key })
  })

  it('is refused with one sentence for each problem', async () => {
    const REDIS_URL = await startOverTls()
    const foreign = new Authority(folder, 'foreign')
    expect(await refusal({ REDIS_URL })).toContain('set REDIS_CA to the file of its authority')
    expect(await refusal({ REDIS_URL, REDIS_CA: foreign.ca })).toContain('set REDIS_CA to the file of its authority')
    expect(await refusal({ REDIS_URL, REDIS_CA: `${folder}/absent.crt` })).toMatch(/absent\.crt does not exist/)
    const others = await startOverTls(authority.issue('others', 'DNS:other.example'))
    expect(await refusal({ REDIS_URL: others, REDIS_CA: authority.ca })).toContain('its certificate is for other names')
    const asking = { REDIS_URL: await startOverTls(server, 'yes'), REDIS_CA: authority.ca }
    expect(await refusal(asking)).toContain('set REDIS_CERT and REDIS_KEY')
    const wrong = foreign.issue('service')
    expect(await refusal({ ...asking, REDIS_CERT: wrong.cert, REDIS_KEY: wrong.key })).toContain(
      'it does not accept the certificate in REDIS_CERT',
    )
    // The end of the connection has overtaken the reason.
    const losing = { ...asking, REDIS_URL: await losesReasons(asking.REDIS_URL) }
    expect(await refusal({ ...losing, REDIS_CERT: wrong.cert, REDIS_KEY: wrong.key })).toContain(
      'it does not accept the certificate in REDIS_CERT',
    )
    const { key } = authority.issue('another')
    expect(await refusal({ ...asking, REDIS_CERT: wrong.cert, REDIS_KEY: key })).toContain('not a usable PEM file')
  })
})

describe.skipIf(!redisAvailable)('a user in Redis', () => {
  /** What the documents grant. */
  const rights = /ACL SETUSER liverank on >password (.*)/.exec(readFileSync('docs/reference/redis.md', 'utf8'))![1]

  async function startWithUser(rules: string): Promise<{ settings: Record<string, string>; admin: Redis }> {
    const redis = await start({ requirepass: 'admin' })
    const admin = new Redis(redis.port, '127.0.0.1', { password: 'admin' })
    onTestFinished(() => admin.disconnect())
    await admin.call('ACL', 'SETUSER', 'service', 'reset', 'on', `>${PASSWORD}`, ...rules.split(' '))
    return { settings: { REDIS_URL: redis.url, REDIS_USERNAME: 'service', REDIS_PASSWORD: PASSWORD }, admin }
  }

  it('is documented with all commands that the service sends', () => {
    expect(rights.split(' ').slice(3).join(' ')).toBe(COMMANDS_TO_GRANT.map((name) => `+${name}`).join(' '))
  })

  it('needs only the documented commands, keys and channels', async () => {
    const { settings, admin } = await startWithUser(rights)
    const service = await expectServes({ ...settings, LOG_MARGIN: '1' })
    const url = `${service.log.at(-1)?.url}`
    const upload =
      'mutation { upsertItems(input: { items: [{ itemId: "i1", attributes: {} }, { itemId: "i2", attributes: {} }] }) { ... on UpsertPayload { accepted } } }'
    expect((await post(url, upload)).errors).toBeUndefined()
    const merge = 'mutation { mergeUsers(input: { from: "me", into: "you" }) { __typename } }'
    const others = [
      merge,
      'mutation { eraseUser(input: { userId: "you" }) { __typename } }',
      'mutation { setRules(input: { surface: null, rules: { exclude: ["i3"] } }) { __typename } }',
      'mutation { deleteItems(input: { itemIds: ["i2"] }) { __typename } }',
      '{ status { foldLagMs poisonedEntries } items(first: 2) { edges { node { itemId } } } }',
    ]
    for (const query of others) expect({ query, errors: (await post(url, query)).errors }).toEqual({ query, errors: undefined })
    const slates = connect(sseClient, url).subscribe(LIVE, { input: { userId: 'me' } })
    await slates.next()
    expect((await fetch(new URL('/ready', url))).status).toBe(200)
    const { code, out } = await liverank(['doctor'], { PORT: '1', MODEL: '', PARTITIONS: '4', SHARDS: '2', ...settings })
    expect({ code, out }).toMatchObject({ code: 0 })
    expect(await service.stop('SIGTERM')).toBe(0)
    expect(await admin.call('ACL', 'LOG')).toEqual([])
  })

  it('is never in the log with its password, even if Redis refuses it later', async () => {
    const { settings, admin } = await startWithUser(rights)
    const service = await expectServes({ ...settings, LOG_LEVEL: 'trace' })
    const url = `${service.log.at(-1)?.url}`
    await admin.call('ACL', 'SETUSER', 'service', 'resetpass', '>another')
    await admin.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await eventually(async () => {
      const { errors } = await post(url, RECORD, { input: { userId: 'me', itemId: 'i1', eventType: 'view' } })
      expect(errors?.[0].extensions?.code).toBe('UNAVAILABLE')
    })
    expect((await fetch(new URL('/ready', url))).status).toBe(503)
    service.process.kill('SIGTERM')
    // Reads the log to its end.
    await expect(service.says('nothing says this')).rejects.toThrow()
    const log = JSON.stringify(service.log) + (await service.errors)
    expect(log).toContain('WRONGPASS')
    expect(log).not.toContain(PASSWORD.slice(2))
  })

  it('is refused in one sentence, without its password, if it lacks a permission', async () => {
    const { settings } = await startWithUser(rights.replace('+xadd', '').replace('+zincrby', ''))
    expect(await refusal(settings)).toContain('begin with "lr:": xadd, zincrby. Grant them with ACL SETUSER.')
    expect(await refusal({ ...settings, REDIS_PREFIX: 'other' })).toContain('may not use the keys or channels of REDIS_PREFIX')
    expect(await refusal({ ...settings, REDIS_PASSWORD: `${PASSWORD}!` })).toContain('refuses the user or password')
    const service = new StartedService({ ...settings, REDIS_PASSWORD: `${PASSWORD}!`, LOG_LEVEL: 'trace' })
    await expect(service.says('nothing says this')).rejects.toThrow('refuses the user or password')
    expect(JSON.stringify(service.log) + (await service.errors)).not.toContain(PASSWORD.slice(2))
    const { settings: bare } = await startWithUser('+ping')
    expect(await refusal(bare)).toMatch(/may not run the command eval/)
  })
})
