import { parseArgs } from 'node:util'
import { SingleBar } from 'cli-progress'
import { eventClock } from '../clock.ts'
import { readConfig } from '../config.ts'
import { loadDomain } from '../domain/load-domain.ts'
import { InvalidInputError } from '../errors.ts'
import { DataFolder } from '../import/data-folder.ts'
import { importLog } from '../import/import-log.ts'
import { noProblems } from '../import/log-problems.ts'
import { warningsOnStderr } from '../logger.ts'
import { systemRandomness } from '../random.ts'
import { openService } from '../service.ts'
import { runCommand } from './command-line.ts'

const USAGE = `npm run import -- FOLDER [options]

Brings months of history into a store before it goes live, with the time of each event as now. Which store is said by the settings of
the server: REDIS_URL, or DATA_DIR for the embedded one, which must not be running. When it is cut short, begin it again: nothing
counts twice.

  FOLDER                    events.jsonl.gz, sorted by (timestamp, eventId), and, where items have attributes, items.jsonl.gz
  --surface-attribute NAME  an attribute of the events that says where something was shown, if that is not eventAttributes.surface:
                            a text or a number`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'surface-attribute': { type: 'string' }, help: { type: 'boolean', default: false } },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const [folder] = positionals
  if (positionals.length !== 1) throw new InvalidInputError(`name one data folder.\n\n${USAGE}`)
  const config = { ...readConfig(process.env), CLOCK: 'events' as const, MODEL: '' }
  const domain = await loadDomain(config.DOMAIN)
  const problems = noProblems()
  const data = new DataFolder(folder, values['surface-attribute'])
  let events = 0
  for await (const _ of data.events(problems)) events++
  const clock = eventClock()
  const service = await openService({
    config,
    dataDir: config.DATA_DIR,
    domain,
    clock,
    random: systemRandomness(),
    logger: warningsOnStderr(),
  })
  const bar = new SingleBar({
    format: '|{bar}| {percentage} %  {value} of {total} events, {eta_formatted} to go',
    clearOnComplete: true,
  })
  bar.start(events, 0)
  const started = performance.now()
  try {
    const { recorded, duplicates, rejected, reasons, skipped } = await importLog({
      data,
      service,
      clock,
      onProgress: (done) => bar.update(done),
    })
    await service.store.settle()
    bar.stop()
    const seconds = (performance.now() - started) / 1000
    console.log(
      `${folder} is in the ${service.store.name} store: ${recorded} events recorded, ${duplicates} known, ${rejected} rejected.`,
    )
    if (skipped > 0)
      console.log(
        `${skipped} are more than ${service.domain.lateness / 86_400_000} days older than what the store had seen: taken to be in it.`,
      )
    for (const reason of reasons) console.log(`  rejected: ${reason}`)
    for (const line of problems.named) console.log(`  left out: ${line}`)
    if (problems.duplicates > 0) console.log(`  left out: ${problems.duplicates} lines that repeat the line before`)
    console.log(`${(recorded / seconds).toFixed(0)} events a second.`)
  } finally {
    bar.stop()
    await service.close()
  }
}

runCommand('import', main)
