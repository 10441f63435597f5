import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { askService } from '../../src/commands/ask-service.ts'
import { EXIT } from '../../src/commands/program.ts'
import { uploadModel } from '../../src/commands/run-upload-model.ts'
import { type Domain, withConsent } from '../../src/domain/domain.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { LiverankError } from '../../src/errors.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import { readConfig } from '../../src/service/config.ts'
import { lockFolder } from '../../src/state/embedded/data-folder-lock.ts'
import { DAY, MINUTE } from '../../src/time-units.ts'
import { atProcessEnd } from '../at-process-end.ts'
import { type LearnerRun, type LearnerState, readLearnerState, writeLearnerState } from '../learner/learner-state.ts'
import { modelName, type Result, run } from '../learner/learning-run.ts'
import { isDue } from '../learner/next-run.ts'
import { actsOnItem } from '../learning/next-items.ts'
import { openLogs } from '../learning/open-logs.ts'
import { actingEvents } from '../learning/training-log.ts'
import { withScratchFolder } from '../scratch-folder.ts'
import { expectPython } from './python-environment.ts'

/** Options of `liverank learn`, as they were parsed. */
export interface LearnOptions {
  readonly url: string
  readonly work: string
  readonly once?: boolean
  readonly lists: boolean
  readonly decisions: number
  readonly minutes: number
  readonly memory: number
}

/** Pause in ms before it is looked again whether a run is due. */
const POLL = 10 * MINUTE

/** This program, as it is run itself. */
const SELF = fileURLToPath(new URL(`./main${extname(import.meta.filename)}`, import.meta.url))

/**
 * Runs whenever a run is due, until the process ends.
 * @throws DomainError if the domain cannot be used
 * @throws LiverankError CONFIGURATION if another learner uses the folder, or if its list of runs is damaged
 */
export async function runLearn(log: string, options: LearnOptions): Promise<void> {
  const { work } = options
  const { DOMAIN, CONSENT } = readConfig(process.env)
  const domain = withConsent(await loadDomain(DOMAIN), CONSENT)
  const release = await lockFolder(work, 'Stop that learner, or give another --work.')
  try {
    await mkdir(join(work, 'models'), { recursive: true })
    for (;;) {
      const state = await readLearnerState(work)
      const logBytes = await bytesIn(log)
      const [latest] = state.runs
      const last = latest && { ...latest, hasFailed: latest.outcome === 'failed' }
      if (state.current || isDue(last, Date.now(), logBytes)) await runAndNote({ ...options, log, domain }, state, logBytes)
      else if (options.once)
        say(`No run is due: the last one, ${new Date(last!.startedAt).toISOString()}, ended as "${latest.outcome}".`)
      if (options.once) return
      await wait(POLL)
    }
  } finally {
    await release()
  }
}

/** What all runs of a learner have in common. */
interface Learning extends LearnOptions {
  readonly log: string
  readonly domain: Domain
}

async function runAndNote(learning: Learning, state: LearnerState, logBytes: number): Promise<void> {
  const { work } = learning
  const startedAt = Date.now()
  // What was cut off goes on under its name, so that no step is done in vain.
  const current = state.current ?? { model: modelName(startedAt), startedAt, logBytes }
  say(state.current ? `Going on with ${current.model}, which was cut off` : `Run ${current.model}`)
  await writeLearnerState(work, { ...state, current })
  const { outcome, reason } = await result(learning, current.model)
  const ended: LearnerRun = { ...current, endedAt: Date.now(), outcome, reason }
  await writeLearnerState(work, { ...state, current: null, runs: [ended, ...state.runs] })
  say(`${current.model}: ${outcome}. ${reason}`)
  if (learning.once && outcome === 'failed') process.exitCode = EXIT.failed
}

/** Whatever goes wrong ends the run, not the learner. */
async function result(learning: Learning, model: string): Promise<Result> {
  const { log, domain, url, work, lists, decisions } = learning
  const ask = (query: string, variables: object) => askService<object>(url, query, variables)
  try {
    await expectPython()
    return await run(model, {
      ...{ work, log, ask, say },
      survey: () => survey(log, domain),
      makeLists: lists ? () => step(['offline', log, '--url', url], learning) : undefined,
      train: (out, compare) =>
        step(
          [
            'train',
            log,
            '--out',
            out,
            '--keep-trained',
            // Impressions favour what made the slates, so next items decide.
            '--label',
            'next_item',
            '--decisions',
            String(decisions),
            ...(compare ? ['--compare', compare] : []),
          ],
          learning,
        ),
      upload: async (folder, name) => {
        const { bytes, status } = await uploadModel(folder, name, url)
        say(`Uploaded ${bytes} bytes: ${name} is ${status}`)
      },
    })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { outcome: 'failed', reason: error.message }
  }
}

async function survey(log: string, domain: Domain): Promise<{ actions: number; days: number }> {
  const { ARCHIVE_DIR } = readConfig(process.env)
  return withScratchFolder('learn', async (scratch) => {
    const [opened] = await openLogs([log], { domain, archive: ARCHIVE_DIR, scratch })
    let actions = 0
    let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for await (const event of actingEvents(opened, noProblems())) {
      if (!actsOnItem(domain, event)) continue
      actions++
      first = Math.min(first, event.timestamp)
      last = Math.max(last, event.timestamp)
    }
    return { actions, days: actions === 0 ? 0 : (last - first) / DAY }
  })
}

/** Runs another command of this program, behind everything else on the machine. @throws LiverankError UNAVAILABLE with what it said when it failed */
async function step(args: readonly string[], { memory, minutes }: LearnOptions): Promise<void> {
  const program = [...process.execArgv, `--max-old-space-size=${memory}`, SELF, ...args]
  const child = spawn(process.execPath, program, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: minutes * MINUTE,
    killSignal: 'SIGTERM',
  })
  const withdraw = atProcessEnd(() => child.kill('SIGTERM'))
  const errors = text(child.stderr)
  const ended = once(child, 'close').finally(withdraw)
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  for await (const line of createInterface({ input: child.stdout })) say(`  ${line}`)
  const [code, signal] = await ended
  if (code === 0) return
  const said = (await errors).trim().split('\n').at(-1) ?? ''
  const why = signal
    ? `It was ended by ${signal}, perhaps because it took longer than ${minutes} minutes.`
    : said.replace(/^liverank: /, '')
  throw new LiverankError('UNAVAILABLE', `liverank ${args[0]} failed. ${why}`)
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true })
  const sizes = await Promise.all(
    names.map(async (name) => {
      // A file of a running service may be gone by now.
      const found = await stat(join(folder, name)).catch(() => undefined)
      return found?.isFile() ? found.size : 0
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

function say(line: string): void {
  console.log(line)
}
