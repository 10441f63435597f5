import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { Readable } from 'node:stream'
import { Redis } from 'ioredis'
import { LiverankError } from '../../src/errors.ts'
import { atProcessEnd } from '../at-process-end.ts'
import { makeScratchFolder, type ScratchFolder } from '../scratch-folder.ts'

/** A redis-server of one's own, with nothing in it, on loopback; ends with `stop`. */
export interface TemporaryRedis {
  readonly url: string
  /** Process id; another one after `restart`. */
  readonly pid: number
  /** Stops it, and starts it again with what it held. Resolves when it answers again. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** @throws LiverankError CONFIGURATION when redis-server cannot be started */
export async function startTemporaryRedis(): Promise<TemporaryRedis> {
  const folder = await makeScratchFolder('redis')
  try {
    return await startIn(folder)
  } catch (error) {
    folder.remove()
    throw error
  }
}

async function startIn(folder: ScratchFolder): Promise<TemporaryRedis> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder.path]
  const start = () => spawn(process.env.REDIS_SERVER ?? 'redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let server = start()
  await untilReady(server)
  const withdraw = atProcessEnd(() => server.kill('SIGKILL'))
  const url = `redis://127.0.0.1:${port}`
  const end = async (ask: () => unknown) => {
    const ended = once(server.removeAllListeners('error').removeAllListeners('exit'), 'exit')
    await ask()
    await ended
  }
  return {
    url,
    get pid() {
      return server.pid!
    },
    restart: async () => {
      const admin = new Redis(url, { retryStrategy: null })
      // It answers by closing the connection.
      await end(() => admin.shutdown('SAVE').catch(() => {}))
      server = start()
      await untilReady(server)
    },
    stop: async () => {
      await end(() => server.kill('SIGTERM'))
      withdraw()
      folder.remove()
    },
  }
}

function untilReady(server: ChildProcessByStdio<null, Readable, null>): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const fail = (reason: string) =>
      reject(
        new LiverankError(
          'CONFIGURATION',
          `redis-server did not start (${reason}): install it, or pass the URL of an empty Redis with --redis.`,
        ),
      )
    server.once('error', ({ message }) => fail(message))
    server.once('exit', (code) => fail(`exit code ${code}`))
    server.stdout.on('data', (text: Buffer) => {
      if (text.includes('Ready to accept connections')) resolve()
    })
  })
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
