import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type OwnServer, startOwnServer } from '../lab/replay/own-server.ts'
import { withScratchFolder } from '../lab/scratch-folder.ts'
import { PACKAGE_ROOT } from '../src/package-root.ts'
import { SERVE_OPTIONS, serveArguments } from './support/built-service.ts'
import { numberOption } from './support/command-options.ts'
import { Figures } from './support/figures.ts'
import { residentMemory } from './support/process-usage.ts'
import { Recorder } from './support/recorder.ts'
import { uploadItems } from './support/shop-items.ts'

const USAGE = `liverank bench resident [--seconds N]

Resident memory of a service with the embedded store (npm run build first): after its start, with nothing in it and with the demo shop
of npm start, and after 50,000 and 150,000 events of 10,000 users on 2,000 items. Each figure is taken when the service has been left
alone for so many seconds (10).
`

const figures = new Figures('resident', {
  events: 'events that were recorded so far',
  residentMb: 'resident memory of the service, MiB',
  atMost: 'targets by key',
})

const BATCH = { batch: 100, users: 'many' } as const
const DEMO = [...SERVE_OPTIONS, join(PACKAGE_ROOT, 'dist/lab/commands/main.js'), 'demo']
/** Events that are recorded before a figure is taken, and the target for it, in MiB. */
const AFTER = [
  { events: 50_000, most: 230 },
  { events: 150_000, most: 280 },
]

export default async function resident(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { seconds: { type: 'string', default: '10' }, help: { type: 'boolean' } } })
  if (values.help) return figures.printHelp(USAGE)
  const seconds = numberOption('seconds', values.seconds, 0, 600)
  const report = async (name: string, { pid }: OwnServer, events: number, most: number) => {
    await setTimeout(seconds * 1000)
    const residentMb = Math.round(residentMemory(pid) / 2 ** 20)
    figures.print({ store: 'embedded', case: name, events, residentMb, atMost: { residentMb: most } })
  }
  await withServer(DEMO, (server) => report('started with the demo shop', server, 0, 200))
  await withServer(serveArguments(), async (server) => {
    await report('started with nothing', server, 0, 170)
    const url = server.url.replace(/^ws/, 'http')
    await uploadItems(url)
    const recorder = new Recorder(url)
    let recorded = 0
    for (const { events, most } of AFTER) {
      recorded += await recorder.record(BATCH, events - recorded)
      await report(`after ${events} events`, server, recorded, most)
    }
  })
}

function withServer(program: string[], measure: (server: OwnServer) => Promise<void>): Promise<void> {
  return withScratchFolder('resident', async (dataDir) => {
    const server = await startOwnServer({ CLOCK: 'wall', EXPLORATION: '1', DATA_DIR: dataDir }, program)
    try {
      await measure(server)
    } finally {
      await server.stop()
    }
  })
}
