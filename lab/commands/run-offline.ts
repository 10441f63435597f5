import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { askService } from '../../src/commands/ask-service.ts'
import { type Domain, withConsent } from '../../src/domain/domain.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { LiverankError } from '../../src/errors.ts'
import { readConfig } from '../../src/service/config.ts'
import { MINUTE } from '../../src/time-units.ts'
import { openLogs } from '../learning/open-logs.ts'
import { ActingEvents } from '../offline/acting-events.ts'
import { type ComputedNeighbours, computeNeighbours } from '../offline/compute-neighbours.ts'
import { uploadNeighbours } from '../offline/upload-neighbours.ts'
import { withScratchFolder } from '../scratch-folder.ts'
import { easeFitter } from './ease-fitter.ts'
import { Phases } from './phases.ts'
import { ensurePython, expectPython } from './python-environment.ts'

/** Options of `liverank offline`, as they were parsed. */
export interface OfflineOptions {
  readonly url: string
  readonly items: number
  readonly actions: number
  readonly minutes: number
  readonly surfaceAttribute?: string
}

/** The seed of all draws: the same log gives the same lists. */
const SEED = 7

/**
 * Computes neighbour lists from a log, and uploads them to a running service.
 * @throws InvalidInputError for a folder that cannot be read
 * @throws DomainError if the domain cannot be used
 * @throws LiverankError UNUSABLE_DATA, PYTHON_ENVIRONMENT, BAD_USER_INPUT if the service refuses the lists, or UNAVAILABLE if it does
 * not answer or the computation takes too long. The service then keeps the lists that it has
 */
export async function runOffline(folder: string, options: OfflineOptions): Promise<void> {
  const { url } = options
  const generatedAt = Date.now()
  const { DOMAIN, CONSENT } = readConfig(process.env)
  const domain = withConsent(await loadDomain(DOMAIN), CONSENT)
  await expectPython()
  // Before a computation of minutes: only an admin may read the audit log, as only an admin may upload lists.
  await askService(url, '{ auditLog(first: 1) { edges { cursor } } }', {})
  const phases = new Phases()
  const computed = await withScratchFolder('offline', (scratch) => compute(folder, domain, options, scratch, phases))
  const version = `ease-${new Date(generatedAt).toISOString()}-${randomBytes(4).toString('hex')}`
  const ask = (query: string, variables: object) => askService<object>(url, query, variables)
  const upload = { ...computed, version, generatedAt }
  const expiresAt = await phases.run('upload', () => uploadNeighbours(upload, ask, (ms) => wait(ms)))
  const { lists, items, actions, covered } = computed
  console.log(`${phases}\n`)
  console.log(
    `Read ${actions} actions on ${items} items. ${lists.length} items have lists, and ${(100 * covered).toFixed(1)} % of the actions are on these items.`,
  )
  if (items > options.items)
    console.log(`The other items have none: they are not among the ${options.items} most frequent ones (--items).`)
  console.log(`The service at ${url} uses version ${version} until ${expiresAt}.`)
}

async function compute(
  folder: string,
  domain: Domain,
  { items, actions, minutes, surfaceAttribute }: OfflineOptions,
  scratch: string,
  phases: Phases,
): Promise<ComputedNeighbours> {
  const { ARCHIVE_DIR } = readConfig(process.env)
  const [log] = await openLogs([folder], { domain, archive: ARCHIVE_DIR, scratch, surfaceAttribute })
  const events = await phases.run('reading', () => ActingEvents.of(log, domain, actions))
  // Before the time limit: the first run builds the environment.
  await ensurePython((line) => console.log(line))
  const signal = AbortSignal.timeout(minutes * MINUTE)
  const plan = { seed: SEED, scratch, say: (line: string) => console.log(line), most: items, signal }
  try {
    return await phases.run('computation', () => computeNeighbours(events, domain, easeFitter(plan, 'log')))
  } catch (error) {
    if (!signal.aborted) throw error
    throw new LiverankError(
      'UNAVAILABLE',
      `The computation took longer than ${minutes} minutes, so nothing was uploaded: lower --items or --actions, or raise --minutes.`,
      { cause: error },
    )
  }
}
