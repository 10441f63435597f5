import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { LIVERANK } from '../support/built-command.ts'
import { StartedService } from '../support/started-service.ts'

/** When it gets this signal, a process collects its garbage, and V8 says how far the heap may grow before it collects again. */
const TELLING = `import { setFlagsFromString } from 'node:v8'
process.on('SIGUSR2', () => {
  setFlagsFromString('--trace-gc-verbose')
  gc()
  setFlagsFromString('--no-trace-gc-verbose')
  console.log('{}')
})`

// Otherwise, garbage that requests of one address make fills up to four times the memory that is in use.
it('lets the heap grow by at most a fifth before its garbage is collected', async () => {
  const node = ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(TELLING)}`]
  const service = new StartedService({}, [...node, LIVERANK, 'serve'])
  await service.serving()
  const lines: string[] = []
  const told = createInterface({ input: service.process.stdout! })
  told.on('line', (line) => (line === '{}' ? told.close() : lines.push(line)))
  const end = once(told, 'close')
  service.process.kill('SIGUSR2')
  await end
  const growth = lines.flatMap((line) => /\[HeapController\] Limit: .*\(([\d.]+)\)/.exec(line)?.[1] ?? [])
  expect(growth).toEqual(['1.2'])
})
