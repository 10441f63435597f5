import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readConfig } from '../../src/service/config.ts'
import { LIVERANK } from '../support/built-command.ts'
import { readCompose } from '../support/compose.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { readPage } from './markdown-page.ts'

const run = promisify(execFile)
const compose = readCompose({
  SITE: 'localhost',
  JWT_SECRET: 'a secret of at least thirty-two bytes',
  REDIS_PASSWORD: 'of-redis',
})
const { blocks } = await readPage('docs/guides/go-public.md')
/** Lines of the commands, with their continuations. */
const commands = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, '').split('\n'))

describe('the guide "Go public"', () => {
  it('names services of compose.yaml, options of Compose that it uses, and files that exist', () => {
    const ofCompose = commands.filter((command) => command.startsWith('docker compose '))
    expect(ofCompose.length).toBeGreaterThan(5)
    for (const command of ofCompose) {
      const [, , name, ...words] = command.split(' ')
      expect(['up', 'build', 'exec', 'ps', 'logs', 'kill']).toContain(name)
      const services = name === 'exec' ? words.slice(0, 1) : words.filter((word) => word.includes('liverank'))
      expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(services))
    }
    const [copy] = commands.filter((command) => command.startsWith('cp '))
    expect(existsSync(copy.split(' ')[1])).toBe(true)
  })

  it('starts from a service that refuses to run without keys on a public address', async () => {
    const [command] = commands.filter((one) => one.endsWith('liverank serve'))
    const [, HOST] = /^HOST=(\S+) /.exec(command)!
    const service = new StartedService({ HOST, DATA_DIR: await temporaryDirectory() })
    expect(await service.ended()).toBe(78)
    expect(await service.errors).toContain('no key is configured')
  })

  it('adds origins that the settings accept', () => {
    const [{ text }] = blocks.filter(({ language }) => language === 'yaml')
    const added = z.record(z.string(), z.string()).parse(parse(text))
    expect(readConfig({ ...compose.services['liverank-1'].environment, ...added })).toMatchObject({
      ALLOWED_ORIGINS: [added.ALLOWED_ORIGINS],
    })
  })

  it.skipIf(!redisAvailable)('contains commands that do what it says', async () => {
    const redis = await RedisServer.start({ requirepass: 'of-redis', appendonly: 'yes' })
    onTestFinished(() => redis.stop())
    const ARCHIVE_DIR = join(await temporaryDirectory(), 'archive')
    const { environment } = compose.services['liverank-1']
    const local = {
      HOST: '127.0.0.1',
      PORT: '0',
      HEALTH_PORT: '0',
      METRICS_PORT: '0',
      DRAIN_MS: '0',
      REDIS_URL: redis.url,
      ARCHIVE_DIR,
    }
    const service = new StartedService({ ...environment, ...local })
    const { url, healthPort } = await service.says('serving')
    const { PATH = '' } = process.env
    const env = { PATH, ...environment, ...local, PORT: new URL(url!).port }

    const inside = commands.flatMap((command) => /^docker compose exec liverank-1 liverank (.*)$/.exec(command)?.[1] ?? [])
    const told = new Map<string, string>()
    for (const command of inside) {
      const { stdout } = await run(process.execPath, [LIVERANK, ...command.split(' ')], { env })
      told.set(command, stdout.trim())
    }
    expect(told.get('doctor')).toContain('The service is running, and ready.')
    expect(told.get('doctor')).toMatch(/\n0 problems, /)
    const KEY = told.get('keys create --role backend --name shop')!
    expect(KEY).toMatch(/^lrk_/)

    const [curl] = commands.filter((command) => command.startsWith('curl '))
    const headers = [...curl.matchAll(/-H ["']([\w-]+): ([^"']+)["']/g)].map(([, name, value]) => [
      name,
      value.replace('$KEY', KEY),
    ])
    const [, body] = /-d '(.*)'$/.exec(curl)!
    const answer = await fetch(url!, { method: 'POST', headers: Object.fromEntries(headers), body })
    expect(await answer.json()).toEqual({ data: { upsertItems: { accepted: 1 } } })
    const anonymous = await fetch(url!, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(await anonymous.text()).toContain('UNAUTHENTICATED')

    const [probe] = commands.flatMap((command) => /^docker compose exec liverank-1 node -e "(.*)"$/.exec(command)?.[1] ?? [])
    const { stdout } = await run(process.execPath, ['-e', probe.replace(':4001', `:${healthPort}`)])
    expect(stdout).toMatch(/foldIsLate: false/)
  })
})
