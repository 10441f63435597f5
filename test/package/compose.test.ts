import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Agent, request as openRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { createClient } from 'graphql-ws'
import { SignJWT } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { readConfig, settings } from '../../src/service/config.ts'
import { redisSettings } from '../../src/settings/redis-settings.ts'
import { readCompose, secondsOf } from '../support/compose.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { answerOf } from '../support/graphql-client.ts'
import { itWhenLong } from '../support/long.ts'
import { endWithThisProcess, RedisServer, redisAvailable } from '../support/redis-server.ts'
import { LIVE, RECORD, recordedOf, slateOf } from '../support/slate-answer.ts'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const VARIABLES = { SITE: 'localhost', JWT_SECRET: 'a secret of at least thirty-two bytes', REDIS_PASSWORD: 'of-redis' }
const compose = readCompose(VARIABLES)
/** Settings besides those of Redis that decide which log the daily job reads, and how. */
const READ_BY_JOB = ['REDIS_PREFIX', 'PARTITIONS', 'SHARDS', 'DATA_DIR', 'ARCHIVE_DIR', 'DOMAIN', 'CONSENT'] as const
const REPLICAS = ['liverank-1', 'liverank-2'] as const
const caddyAvailable = spawnSync('caddy', ['version']).status === 0

if (!caddyAvailable) console.warn('Tests of the proxy are skipped, since caddy does not run here: install it.')

describe('compose.yaml', () => {
  it.each(REPLICAS)('gives %s settings that exist and fit together', (name) => {
    const { environment = {} } = compose.services[name]
    expect(Object.keys(environment).filter((setting) => !Object.hasOwn(settings.shape, setting))).toEqual(['NODE_OPTIONS'])
    expect(readConfig(environment)).toMatchObject({ HEALTH_PORT: 4001, METRICS_PORT: 4002, REDIS_PASSWORD: 'of-redis' })
  })

  it('gives the daily job the settings of the store, and what its script reads', () => {
    const { environment = {}, profiles } = compose.services.offline
    const script = readFileSync('deploy/offline.sh', 'utf8')
    const own = Object.keys(environment).filter((name) => !Object.hasOwn(settings.shape, name))
    expect(own.filter((name) => name !== 'LIVERANK_TOKEN' && !new RegExp(`\\$\\{?${name}\\b`).test(script))).toEqual([])
    const shared = compose['x-settings']
    expect(Object.keys(shared)).toEqual(expect.arrayContaining(['REDIS_URL', 'REDIS_PASSWORD', 'ARCHIVE_DIR']))
    // Nor may one of the two have a value of its own for a setting that `liverank export` or `liverank offline` reads.
    const read = [...Object.keys(redisSettings), ...READ_BY_JOB]
    for (const own of [environment, compose.services['liverank-1'].environment ?? {}]) {
      expect(own).toMatchObject(shared)
      expect(read.filter((name) => own[name] !== shared[name])).toEqual([])
    }
    expect(compose.services['liverank-1'].environment?.ALLOWED_HOSTS.split(',')).toContain(
      new URL(environment.SERVICE_URL).hostname,
    )
    // Without a key, it does not start with the other services.
    expect(profiles).toEqual(['offline'])
  })

  it('shows metrics only to the inner network', () => {
    for (const [name, { ports = [] }] of Object.entries(compose.services)) {
      expect({ name, ports: name === 'proxy' ? [] : ports }).toEqual({ name, ports: [] })
      expect(ports.join()).not.toContain('4002')
    }
    for (const name of REPLICAS) expect(compose.services[name].networks).toEqual(['inside'])
    expect(readFileSync('deploy/Caddyfile', 'utf8')).not.toMatch(/4002|metrics/i)
  })

  it.each(REPLICAS)('gives %s more memory than its heap, its new objects and 512 MiB beside them', (name) => {
    const { environment = {}, mem_limit } = compose.services[name]
    const option = (of: string) => Number(new RegExp(`--max-${of}-size=(\\d+)`).exec(environment.NODE_OPTIONS)?.[1])
    const heap = option('old-space') + 3 * option('semi-space')
    expect(Number.parseInt(mem_limit ?? '', 10) * 1024).toBeGreaterThanOrEqual(heap + 512)
  })

  it.each(REPLICAS)('asks %s whether it is ready, and waits longer for its end than it needs', (name) => {
    const { environment = {}, healthcheck, stop_grace_period } = compose.services[name]
    expect(healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${environment.HEALTH_PORT}/ready`)
    // The time for answers and for the store comes on top: docs/reference/status.md.
    expect(secondsOf(stop_grace_period)).toBeGreaterThan(Number(environment.DRAIN_MS) / 1000 + 15)
  })

  it('runs no lasting process as root, and lets none write outside its volumes', () => {
    for (const [name, { user, restart, read_only, cap_drop }] of Object.entries(compose.services)) {
      if (restart === undefined) continue
      expect({ name, user }).not.toMatchObject({ user: expect.stringMatching(/^(root|0)(:|$)/) })
      expect({ name, read_only, cap_drop }).toEqual({ name, read_only: true, cap_drop: ['ALL'] })
    }
  })

  it('names only volumes, networks and services that it defines, and variables of deploy/example.env', () => {
    for (const { volumes = [], networks = [], depends_on = {} } of Object.values(compose.services)) {
      const named = volumes.map((volume) => volume.split(':')[0]).filter((source) => !source.startsWith('./'))
      expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(named))
      expect(Object.keys(compose.networks)).toEqual(expect.arrayContaining(networks))
      expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(Object.keys(depends_on)))
    }
    const given = [...readFileSync('deploy/example.env', 'utf8').matchAll(/^(\w+)=/gm)].map(([, name]) => name)
    // The key of the daily job exists only after the first start.
    expect(given.sort()).toEqual([...Object.keys(VARIABLES), 'OFFLINE_KEY'].sort())
    for (const name of Object.keys(VARIABLES)) {
      const { [name as keyof typeof VARIABLES]: _, ...others } = VARIABLES
      expect(() => readCompose(others)).toThrow(`${name} has no value`)
    }
  })
})

function tokenOf(role: 'admin' | 'backend'): Promise<string> {
  const token = new SignJWT({ role }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h')
  return token.sign(Buffer.from(VARIABLES.JWT_SECRET))
}

/** Runs the proxy of compose.yaml on other ports. @returns its port for TLS, and the authority that signed its certificate */
async function startProxy(proxied: Record<'PROCESSES' | 'HEALTH_PORT', string>, folder: string) {
  const [https, http] = await Promise.all([freePort(), freePort()])
  const ports = { HTTP_PORT: String(http), HTTPS_PORT: String(https) }
  const { PATH = '' } = process.env
  const env = { PATH, HOME: folder, XDG_DATA_HOME: folder, ...compose.services.proxy.environment, ...proxied, ...ports }
  const proxy = spawn('caddy', ['run', '--config', 'deploy/Caddyfile', '--adapter', 'caddyfile'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said = readText(proxy.stderr)
  const endGuard = endWithThisProcess(proxy.pid!)
  onTestFinished(async ({ task }) => {
    proxy.kill('SIGKILL')
    endGuard()
    const ofHealth = (await said).split('\n').filter((line) => line.includes('health_checker'))
    if (task.result?.state === 'fail') console.log(['The proxy said of the replicas:', ...ofHealth].join('\n'))
  })
  const ca = await eventually(() => readFileSync(join(folder, 'caddy/pki/authorities/local/root.crt')))
  return { port: https, ca }
}

/** Everything of compose.yaml as processes of this machine: its Redis, its two replicas and its proxy, on other ports. */
class Production {
  readonly port: number
  readonly ca: Buffer
  readonly #start: (replica: number) => StartedService
  readonly replicas: StartedService[] = []

  private constructor(port: number, ca: Buffer, start: (replica: number) => StartedService) {
    this.port = port
    this.ca = ca
    this.#start = start
  }

  static async start(): Promise<Production> {
    const [program, ...flags] = compose.services.redis.command ?? []
    expect(program).toBe('redis-server')
    const pairs = flags.flatMap((flag, i) => (i % 2 === 0 ? [[flag.slice(2), flags[i + 1]] as const] : []))
    const redis = await RedisServer.start(Object.fromEntries(pairs))
    onTestFinished(() => redis.stop())
    const [port, healthPort] = await Promise.all([freePort(), freePort()])
    // One port on two addresses, as two containers have.
    const hosts = ['127.0.0.1', '127.0.0.2']
    const elsewhere = {
      PORT: String(port),
      HEALTH_PORT: String(healthPort),
      METRICS_PORT: '0',
      REDIS_URL: redis.url,
      DRAIN_MS: '3000',
    }
    const folder = await temporaryDirectory()
    const start = (n: number) => {
      const own = { HOST: hosts[n], ARCHIVE_DIR: join(folder, 'archive'), TRUST_PROXY: 'loopback' }
      return new StartedService({ ...compose.services[REPLICAS[n]].environment, ...elsewhere, ...own })
    }
    const processes = hosts.map((host) => `${host}:${port}`).join(' ')
    const proxy = await startProxy({ PROCESSES: processes, HEALTH_PORT: String(healthPort) }, folder)
    const production = new Production(proxy.port, proxy.ca, start)
    for (const n of REPLICAS.keys()) {
      production.replicas.push(start(n))
      await production.replicas[n].serving()
    }
    // The proxy learns at different times that the replicas serve: a restart of the first one must not come before it knows the second.
    const answering = new Set<number>()
    const bothAnswer = async () => {
      answering.add(await production.#startOfAnswering())
      expect(answering.size).toBe(REPLICAS.length)
    }
    await eventually(bothAnswer, 50)
    return production
  }

  /** Ends a replica in order, and starts it again. Resolves when the proxy sends requests to it: `docker compose up --wait` takes longer. */
  async restart(replica: number): Promise<void> {
    const began = Date.now()
    expect(await this.replicas[replica].stop('SIGTERM')).toBe(0)
    this.replicas[replica] = this.#start(replica)
    await this.replicas[replica].serving()
    const answeredByIt = async () => expect(await this.#startOfAnswering()).toBeGreaterThan(began)
    await eventually(answeredByIt, 50)
  }

  /** Asks through the proxy, and returns when the replica that answers started, in ms since 1970. */
  async #startOfAnswering(): Promise<number> {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await tokenOf('admin')}` }
    const { text } = await this.request('/graphql', '{"query":"{ status { startedAt } }"}', headers)
    const answer = z.object({ data: z.object({ status: z.object({ startedAt: z.string() }) }) }).parse(JSON.parse(text))
    return Date.parse(answer.data.status.startedAt)
  }

  request(path: string, body?: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const options = { host: 'localhost', port: this.port, path, ca: this.ca, method: body === undefined ? 'GET' : 'POST' }
      const request = openRequest({ ...options, headers, agent: new Agent({ keepAlive: false }) }, (response) => {
        let text = ''
        const done = () => resolve({ status: response.statusCode!, text })
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part
          // Of a stream, which does not end, the first value is enough.
          if (!text.includes('event: next')) return
          done()
          request.destroy()
        })
        response.on('end', done).on('error', reject)
      })
      request.on('error', reject)
      request.end(body)
    })
  }
}

describe.skipIf(!redisAvailable || !caddyAvailable)('the processes of compose.yaml', () => {
  const event = (n: number) => ({ input: { eventId: `e${n}`, userId: 'me', itemId: `i${n}`, eventType: 'view' } })

  itWhenLong('serve over TLS without a failed request while both replicas restart one after the other', async () => {
    const production = await Production.start()
    const authorization = `Bearer ${await tokenOf('backend')}`
    const json = { 'content-type': 'application/json', authorization }
    const ask = async (query: string, variables?: object) => {
      const { status, text } = await production.request('/graphql', JSON.stringify({ query, variables }), json)
      if (status !== 200) throw new Error(`A request failed with ${status}: ${text}`)
      return answerOf(JSON.parse(text))
    }
    const client = createClient({
      url: `wss://localhost:${production.port}/graphql`,
      webSocketImpl: class extends WebSocket {
        constructor(url: string, protocols: string) {
          // As a page of the same site opens it: the service must know that the proxy ended TLS.
          super(url, protocols, { ca: production.ca, origin: `https://localhost:${production.port}` })
        }
      },
      connectionParams: { authorization },
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => true,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
    })
    // Restarted replicas end before this: then the client waits for a connection that never comes.
    onTestFinished(async () => void (await Promise.allSettled([client.dispose()])))
    let shown = 0
    let initial = 0
    const onSlate = (message: unknown) => {
      const { version, trigger } = slateOf(answerOf(message))
      shown = version
      if (trigger === 'INITIAL') initial++
    }
    const ended: unknown[] = []
    const operation = { query: LIVE, variables: { input: { userId: 'me' } } }
    client.subscribe(operation, { next: onSlate, error: (error) => ended.push(error), complete: () => ended.push('complete') })
    await eventually(() => expect(initial).toBe(1))

    let sent = 0
    let isOver = false
    const load = (async () => {
      let version = 0
      while (!isOver) version = recordedOf(await ask(RECORD, event(sent++))).userVersion
      return version
    })()
    for (const replica of REPLICAS.keys()) await production.restart(replica)
    isOver = true
    const version = await load
    expect(sent).toBeGreaterThan(10)
    await eventually(() => expect(shown).toBe(version))
    expect(initial).toBeGreaterThan(1)
    expect(ended).toEqual([])
    for (let n = 0; n < sent; n++) expect(recordedOf(await ask(RECORD, event(n))).duplicate).toBe(true)
  })

  it('pass on server-sent events at once, and hide /health and other paths', async () => {
    const production = await Production.start()
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${await tokenOf('backend')}`,
      accept: 'text/event-stream',
    }
    const body = JSON.stringify({ query: LIVE, variables: { input: { userId: 'me' } } })
    // The stream stays open: its first slate arrives only if nothing waits for its end.
    const { text } = await production.request('/graphql', body, headers)
    expect(text).toMatch(/event: next\ndata: \{"data":\{"recommendations"/)
    for (const path of ['/ready', '/health', '/', '/graphql/x']) expect((await production.request(path)).status).toBe(404)
    const { authorization: _, ...anonymous } = headers
    const refused = await production.request('/graphql', body, { ...anonymous, accept: 'application/json' })
    expect(refused.text).toContain('UNAUTHENTICATED')
    const foreign = { ...headers, accept: 'application/json', origin: 'https://elsewhere.example' }
    expect((await production.request('/graphql', '{"query":"{ __typename }"}', foreign)).status).toBe(403)
  })
})

describe.skipIf(!caddyAvailable)('the proxy of compose.yaml', () => {
  it('replaces the addresses that a client writes, for requests and WebSockets', async () => {
    const forwarded: unknown[] = []
    const upstream = createServer((request, response) => {
      if (request.url === '/graphql') forwarded.push(request.headers['x-forwarded-for'])
      response.end()
    })
    upstream.on('upgrade', (request, socket) => {
      forwarded.push(request.headers['x-forwarded-for'])
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    })
    upstream.listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    onTestFinished(() => void upstream.close().closeAllConnections())
    const own = String((upstream.address() as AddressInfo).port)
    const { port, ca } = await startProxy({ PROCESSES: `127.0.0.1:${own}`, HEALTH_PORT: own }, await temporaryDirectory())
    const ask = (headers: Record<string, string | string[]>) =>
      new Promise<number>((resolve, reject) => {
        const options = { host: 'localhost', port, path: '/graphql', ca, headers, agent: false }
        openRequest(options, (response) => resolve(response.resume().statusCode!))
          .on('error', reject)
          .end()
      })
    // Until the proxy knows that the process serves.
    await eventually(async () => expect(await ask({})).toBe(200), 50)
    const client = forwarded[0]
    expect(client).toMatch(/^(127\.0\.0\.1|::1)$/)
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket' }
    for (const address of ['9.9.9.9', '10.0.0.1, 9.9.9.9', '127.0.0.1', ['9.9.9.9', '8.8.8.8']]) {
      forwarded.length = 0
      for (const more of [{}, upgrade]) expect(await ask({ 'x-forwarded-for': address, ...more })).toBe(200)
      expect(forwarded).toEqual([client, client])
    }
  })
})
