import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { LIVERANK_LAB } from '../support/built-command.ts'
import { post } from '../support/graphql-client.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { trainingAvailable } from '../support/training-environment.ts'

const RECORD = 'mutation ($events: [EventInput!]!) { recordEvents(input: $events) { recorded } }'
const STATUS = '{ status { neighbourLists { version lists } } }'

it.skipIf(!redisAvailable || !trainingAvailable)(
  'the daily job of compose.yaml uploads lists to a service on Redis, waits, and ends when it is told to',
  { timeout: 180_000 },
  async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const folder = await temporaryDirectory()
    const store = { REDIS_URL: redis.url, ARCHIVE_DIR: join(folder, 'archive') }
    const url = await new StartedService(store).serving()
    const events = Array.from({ length: 120 }, (_, n) => {
      const user = n % 40
      return {
        eventId: `e${n}`,
        userId: `u${user}`,
        sessionId: 's',
        eventType: 'view',
        itemId: `${user % 2}-${Math.floor(n / 40)}`,
      }
    })
    expect((await post(url, RECORD, { events })).data).toEqual({ recordEvents: { recorded: 120 } })

    const bin = join(folder, 'bin')
    await mkdir(bin)
    await writeFile(join(bin, 'liverank'), `#!/bin/sh\nexec "${process.execPath}" "${LIVERANK_LAB}" "$@"\n`)
    await chmod(join(bin, 'liverank'), 0o755)
    const WORK_DIR = join(folder, 'work')
    await mkdir(WORK_DIR)
    const PATH = `${bin}:${process.env.PATH}`
    const env = { ...store, PATH, HOME: process.env.HOME, WORK_DIR, SERVICE_URL: url, PAUSE_SECONDS: '86400' }
    const job = spawn('sh', ['deploy/offline.sh'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void job.kill('SIGKILL'))
    const said: string[] = []
    for await (const line of createInterface({ input: job.stdout })) {
      said.push(line)
      if (line.startsWith('The next run')) break
    }
    expect(said.join('\n')).toMatch(/The service at \S+ uses version ease-\S+ until/)
    const { data } = await post(url, STATUS)
    expect(data).toEqual({ status: { neighbourLists: { version: expect.stringMatching(/^ease-/), lists: 6 } } })
    job.kill('SIGTERM')
    expect(await once(job, 'exit')).toEqual([0, null])
  },
)
