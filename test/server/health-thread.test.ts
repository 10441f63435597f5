import { execFileSync } from 'node:child_process'
import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import type { HealthThreadOptions } from '../../src/server/health-thread.ts'
import { builtModule } from '../support/built-command.ts'
import { eventually } from '../support/eventually.ts'
import { post } from '../support/graphql-client.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

// As it is built: a thread runs what Node can read.
const { startHealthThread } = (await import(
  builtModule('src/server/health-thread')
)) as typeof import('../../src/server/health-thread.ts')

const READY = { status: 200, body: { foldLagMs: 0 } } as const

async function start(options: Partial<HealthThreadOptions> = {}): Promise<string> {
  const onError = (error: unknown) => {
    throw error
  }
  const thread = await startHealthThread({
    host: '127.0.0.1',
    port: 0,
    readReadiness: async () => READY,
    onError,
    ...options,
  })
  onTestFinished(() => thread.close())
  return `http://127.0.0.1:${thread.port}`
}

/** Asks while this process, which is the service, does nothing else: its event loop stands still. */
function askMeanwhile(url: string, ...paths: string[]): string[] {
  const program = `for (const path of ${JSON.stringify(paths)}) {
    const answer = await fetch('${url}' + path)
    console.log(answer.status + ' ' + await answer.text())
  }`
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }).trim().split('\n')
}

it('answers what the service reports', async () => {
  const url = await start()
  expect((await fetch(`${url}/health`)).status).toBe(200)
  const ready = await fetch(`${url}/ready`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toEqual(READY.body)
  expect((await fetch(`${url}/graphql`)).status).toBe(404)
})

it('asks the service once for all requests of one connection: thousands in one packet blocked it', async () => {
  let asked = 0
  const url = await start({
    readReadiness: async () => {
      asked++
      return READY
    },
  })
  const connection = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => void connection.destroy())
  connection.on('error', () => {}).resume()
  connection.write('GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(5000))
  await new Promise((resolve) => connection.once('close', resolve))
  expect((await fetch(`${url}/ready`)).status).toBe(200)
  expect(asked).toBeLessThanOrEqual(2)
})

it('says that a busy service is ready if it was ready before: balancers removed overloaded processes, one after the other', async () => {
  const url = await start()
  expect((await fetch(`${url}/ready`)).status).toBe(200)
  expect(askMeanwhile(url, '/health', '/ready')).toEqual(['200 ', '200 {"foldLagMs":0}'])
})

it('repeats that a service is not ready while it is busy', async () => {
  const url = await start({ readReadiness: async () => ({ status: 503, body: { problem: 'draining' } }) })
  expect((await fetch(`${url}/ready`)).status).toBe(503)
  expect(askMeanwhile(url, '/ready')).toEqual(['503 {"problem":"draining"}'])
})

it('says that a service is not ready before its first report, or after too long without one, and ready again after the next', async () => {
  const OVERLOADED = '503 {"problem":"The process is overloaded: it did not answer within 1 s."}'
  const unknown = await start()
  expect(askMeanwhile(unknown, '/ready')).toEqual([OVERLOADED])
  const silent = await start({ busyMs: 1 })
  expect((await fetch(`${silent}/ready`)).status).toBe(200)
  expect(askMeanwhile(silent, '/ready')).toEqual([OVERLOADED])
  expect((await fetch(`${silent}/ready`)).status).toBe(200)
})

it.skipIf(!redisAvailable)(
  'repeats that a service is ready while Redis stalls for a second: balancers left out all processes at once, and refused every request',
  async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const service = new StartedService({ REDIS_URL: redis.url, HEALTH_PORT: '0' })
    const { healthPort } = await service.says('serving')
    const status = async () => (await fetch(`http://127.0.0.1:${healthPort}/ready`)).status
    expect(await status()).toBe(200)
    redis.pause()
    // The answer to the first question comes while no command has timed out yet.
    expect(await status()).toBe(200)
    await eventually(async () => expect(await status()).toBe(503))
    redis.goOn()
    await eventually(async () => expect(await status()).toBe(200))
  },
)

it('says that a service is not alive if it has done nothing for too long', async () => {
  const url = await start({ stuckMs: 1 })
  const [health] = askMeanwhile(url, '/health')
  expect(health).toMatch(/^503 \{"problem":"The process has done nothing for \d+ s: restart it\."\}$/)
})

it('listens on the port of the settings, even while the service drains, and reports a port that is taken', async () => {
  const service = new StartedService({ DATA_DIR: await temporaryDirectory(), HEALTH_PORT: '0', DRAIN_MS: '60000' })
  const { url, healthPort } = await service.says('serving')
  const ready = `http://127.0.0.1:${healthPort}/ready`
  expect(await (await fetch(ready)).json()).toMatchObject({ foldIsLate: false, warnings: [] })
  const refused = new StartedService({ DATA_DIR: await temporaryDirectory(), HEALTH_PORT: String(healthPort) })
  expect(await refused.ended()).toBe(78)
  expect(await refused.errors).toMatch(/^liverank: HEALTH_PORT=\d+: listen EADDRINUSE.*\n$/)
  service.process.kill('SIGTERM')
  await service.says('stopping')
  const draining = await fetch(ready)
  expect(draining.status).toBe(503)
  expect(await draining.json()).toMatchObject({ problem: expect.stringContaining('stopping') })
  expect((await post(url!, '{ __typename }')).data).toEqual({ __typename: 'Query' })
})
