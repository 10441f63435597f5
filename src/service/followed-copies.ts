import type { Logger } from 'pino'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { KeyChanges } from '../auth/key-changes.ts'
import { KnownKeys } from '../auth/known-keys.ts'
import { ServedNeighbourLists } from '../candidates/offline.ts'
import { Catalogue } from '../catalogue/catalogue.ts'
import type { Domain } from '../domain/domain.ts'
import { followCatalogue, followNeighbours, followStandingRules } from '../live/follow-copies.ts'
import { followKeys } from '../live/follow-keys.ts'
import { followModels } from '../live/follow-models.ts'
import type { Signals } from '../live/signals.ts'
import type { Randomness } from '../random.ts'
import { knownFeatures } from '../ranking/known-features.ts'
import { ModelFiles } from '../ranking/model-files.ts'
import { ModelFolder } from '../ranking/model-folder.ts'
import { ServedModels } from '../ranking/served-models.ts'
import { StandingRules } from '../rules/standing-rules.ts'
import type { ServiceClock } from '../service-clock.ts'
import type { StateStore } from '../state/store.ts'
import type { Config } from './config.ts'

/** Data of which every process of a store keeps a copy in memory, which follows changes that other processes make. */
export interface FollowedCopies {
  readonly catalogue: Catalogue
  readonly standingRules: StandingRules
  readonly neighbourLists: ServedNeighbourLists
  readonly models: ServedModels
  readonly modelFiles: ModelFiles
  readonly keys: KnownKeys
  readonly keyChanges: KeyChanges
  /** Ends the following. The copies stay as they are. */
  end(): Promise<void>
}

/** The options of a service that its copies depend on. */
export interface CopiesOptions {
  readonly config: Pick<Config, 'MODEL_DIR' | 'MODEL'>
  readonly domain: Domain
  readonly clock: ServiceClock
  readonly random: Randomness
  readonly logger: Logger
}

/** The store whose data are copied, with the signals about its changes. */
export interface FollowedStore {
  readonly accumulators: AccumulatorSet
  readonly store: StateStore
  readonly signals: Signals
}

/**
 * Reads these data, and follows their changes.
 * @throws NotFoundError or ModelContractError when the store has no recorded models and the configured model cannot be loaded
 */
export async function followCopies(
  { config, domain, clock, random, logger }: CopiesOptions,
  { accumulators, store, signals }: FollowedStore,
): Promise<FollowedCopies> {
  const says = (message: string) => (error: unknown) => logger.error({ error }, message)
  const catalogue = new Catalogue(domain.attributes, domain.embedding)
  const endCatalogue = await followCatalogue(
    catalogue,
    store,
    signals,
    says('some or all items of the catalogue could not be read'),
  )
  const standingRules = new StandingRules()
  const endRules = await followStandingRules(standingRules, store, signals, says('some or all standing rules could not be read'))
  const neighbourLists = new ServedNeighbourLists()
  const onListsError = says('the neighbour lists could not be read')
  const endNeighbours = await followNeighbours(neighbourLists, store, signals, onListsError)
  const known = knownFeatures(accumulators)
  const modelFiles = new ModelFiles(new ModelFolder(config.MODEL_DIR, known), store, known)
  const models = new ServedModels({
    load: (model) => modelFiles.load(model),
    onProblem: (message, error) => logger.error({ error }, message),
  })
  const onModelsError = says('the recorded models could not be read or served')
  const endModels = await followModels(models, store, signals, config.MODEL, onModelsError)
  const keys = new KnownKeys(() => clock.machine.wall())
  const keyChanges = new KeyChanges({ store, clock, machine: clock.machine, random, keys })
  const endKeys = await followKeys(keys, keyChanges, store, signals, says('the keys could not be read or their use recorded'))
  const end = async () => {
    await Promise.all([endKeys(), endModels(), endCatalogue(), endRules(), endNeighbours()])
  }
  return { catalogue, standingRules, neighbourLists, models, modelFiles, keys, keyChanges, end }
}
