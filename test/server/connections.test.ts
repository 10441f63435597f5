import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LIVERANK_LAB } from '../support/built-command.ts'
import { post } from '../support/graphql-client.ts'
import { RECOMMEND, slateOf } from '../support/slate-answer.ts'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const onLinux = process.platform === 'linux'

/** Local and remote ports of the network sockets that a process has open, by the kernel. */
function portsOf(pid: number): { protocol: string; local: number; remote: number }[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return [] // Closed meanwhile.
      }
    }),
  )
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((protocol) =>
    readFileSync(`/proc/${pid}/net/${protocol}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => inodes.has(columns[9]))
      .map(([, local, remote]) => ({
        protocol,
        local: Number.parseInt(local.split(':')[1], 16),
        remote: Number.parseInt(remote.split(':')[1], 16),
      })),
  )
}

describe('a running service', () => {
  it('opens no connection by itself and writes nothing outside its folders: the ONNX runtime contacted its vendor', async () => {
    const HOME = await temporaryDirectory()
    const service = new StartedService({ DATA_DIR: await temporaryDirectory(), MODEL: 'default', HOME }, [LIVERANK_LAB, 'demo'])
    const url = await service.serving()
    for (let user = 0; user < 20; user++) {
      const { items, model } = slateOf(await post(url, RECOMMEND, { input: { userId: `u${user}` } }))
      expect(items.length).toBeGreaterThan(0)
      expect(model).toBe('default')
      if (!onLinux) continue
      const port = Number(new URL(url).port)
      for (const { protocol, local } of portsOf(service.process.pid!)) {
        expect(protocol).toMatch(/^tcp/)
        expect(local).toBe(port)
      }
    }
    expect(await service.stop('SIGTERM')).toBe(0)
    expect(await service.errors).toBe('')
    expect(await readdir(HOME, { recursive: true })).toEqual([])
  })
})

describe('the ONNX runtime', () => {
  it('is only imported by the module that turns off its telemetry before, in Python too', async () => {
    const importers = async (folders: string[], line: RegExp) => {
      const paths = await Promise.all(
        folders.map(async (folder) => (await readdir(folder, { recursive: true })).map((name) => join(folder, name))),
      )
      const sources = paths.flat().filter((path) => /\.(ts|mjs|py)$/.test(path) && !path.includes('node_modules'))
      const texts = await Promise.all(sources.map(async (path) => ({ path, text: await readFile(path, 'utf8') })))
      return texts.filter(({ text }) => line.test(text)).map(({ path }) => path)
    }
    expect(await importers(['src', 'test', 'bench', 'scripts'], /^(import|export|\}).* from 'onnxruntime-node'/m)).toEqual([
      'src/ranking/onnx-runtime.ts',
    ])
    expect(await importers(['training'], /^(import onnxruntime|from onnxruntime)/m)).toEqual(['training/onnx_runtime.py'])
    const module = await readFile('src/ranking/onnx-runtime.ts', 'utf8')
    expect(module.indexOf("'./onnx-telemetry-off.ts'")).toBeLessThan(module.indexOf("'onnxruntime-node'"))
    expect(await readFile('Dockerfile', 'utf8')).toContain('ORT_DISABLE_TELEMETRY=1')
  })
})
