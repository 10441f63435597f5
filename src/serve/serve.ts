import { setFlagsFromString } from 'node:v8'
import type { Logger } from 'pino'
import { eventClock, wallClock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import { LiverankError } from '../errors.ts'
import { makeLogger } from '../logging/logger.ts'
import { Metrics } from '../metrics/metrics.ts'
import { openMetricsPort } from '../metrics/metrics-port.ts'
import { type HealthThread, startHealthThread } from '../server/health-thread.ts'
import { type RunningServer, startServer } from '../server/server.ts'
import type { PageName } from '../server/web-pages.ts'
import { type Config, readConfig } from '../service/config.ts'
import { openFromSettings } from '../service/open-from-settings.ts'
import type { Service } from '../service/service.ts'
import { openIdClientOf } from '../settings/openid-settings.ts'
import { isLoopback } from '../settings/safe-address.ts'
import type { Serving } from './serve-with-workers.ts'
import { type Companion, stopOnSignal } from './stop-on-signal.ts'

/**
 * How far the heap grows before V8 collects its garbage, in percent of what is in use. By itself, V8 lets it grow to up to four times as much:
 * garbage that one address made took 250 MiB.
 */
const HEAP_GROWTH = 20

/** Work to do with the open service before it listens. If it rejects, the server does not start. */
export type Prepare = (service: Service, config: Config, logger: Logger) => Promise<Companion | undefined>

/**
 * Runs the service. Resolves when it listens. SIGTERM or SIGINT stops it in order and ends the process with code 0; a second
 * signal ends it at once.
 * @param environment environment variables, such as `process.env`
 * @param pages web pages to show; those of a service that people operate, if absent
 * @throws LiverankError CONFIGURATION if a setting prevents the start, such as a model that cannot be loaded; UNAVAILABLE if Redis
 * does not answer
 */
export async function serve(
  environment: Record<string, string | undefined>,
  prepare?: Prepare,
  pages: readonly PageName[] = ['start', 'console'],
): Promise<void> {
  const config = readConfig(environment)
  const logger = makeLogger(config.LOG_LEVEL)
  const clock = config.CLOCK === 'events' ? eventClock() : wallClock()
  let metrics: Metrics | undefined
  const observe = (domain: Domain) => (metrics = config.METRICS_PORT === undefined ? undefined : new Metrics(domain))
  const service = await openFromSettings(config, { clock, logger, observe })
  let server: RunningServer | undefined
  let ports: Ports
  let companion: Companion | undefined
  try {
    refuseOpenHost(config, service)
    companion = await prepare?.(service, config, logger)
    service.activity.beginAnew()
    server = await startServer(service, {
      host: config.HOST,
      port: config.PORT,
      graphiql: config.GRAPHIQL,
      logger,
      network: config,
      observer: metrics?.server,
      ...(config.WEB_PAGES && { pages }),
      openId: openIdClientOf(config),
    })
    ports = await openPorts(config, { service, server, metrics }, logger)
  } catch (error) {
    await server?.close()
    await service.close()
    throw error
  }
  // Not before: while the data is loaded, each collection would find little garbage.
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`)
  stopOnSignal({ service, server, companion, drainMs: config.DRAIN_MS, logger })
  const page = config.WEB_PAGES ? { page: new URL('/', server.url).href } : {}
  announce(config, service, { url: server.url, ...page, ...ports }, logger)
  companion?.begin()
}

/** @throws LiverankError CONFIGURATION if other machines could reach a service that authenticates nobody */
function refuseOpenHost({ HOST, ALLOW_UNAUTHENTICATED }: Config, { authenticator }: Service): void {
  if (isLoopback(HOST) || authenticator.isRequired || ALLOW_UNAUTHENTICATED) return
  throw new LiverankError(
    'CONFIGURATION',
    `HOST: other machines can reach ${HOST}, and no key is configured. Set JWT_SECRET or JWKS_URL, or create a key: liverank keys create --role admin --name NAME. ` +
      'Set ALLOW_UNAUTHENTICATED=1 only if everyone who can reach the port may read and write everything.',
  )
}

/** Ports beside that of the API; undefined if a setting does not ask for one. */
interface Ports {
  readonly healthPort: number | undefined
  readonly metricsPort: number | undefined
}

interface Served {
  readonly service: Service
  readonly server: RunningServer
  readonly metrics: Metrics | undefined
}

/** Opens the ports of probes and of scrapes. They stay open until the process ends. */
async function openPorts(config: Config, { service, server, metrics }: Served, logger: Logger): Promise<Ports> {
  const health = await startHealth(config, server, logger)
  const { HOST: host, METRICS_PORT: port } = config
  if (!metrics || port === undefined) return { healthPort: health?.port, metricsPort: undefined }
  metrics.measureProcess()
  metrics.watch({ service, load: () => server.load() })
  const opened = await openMetricsPort(metrics, { host, port, network: config, logger }).catch(async (error: unknown) => {
    await health?.close()
    throw error
  })
  return { healthPort: health?.port, metricsPort: opened.port }
}

async function startHealth(config: Config, server: RunningServer, logger: Logger): Promise<HealthThread | undefined> {
  if (config.HEALTH_PORT === undefined) return undefined
  return startHealthThread({
    host: config.HOST,
    port: config.HEALTH_PORT,
    readReadiness: () => server.readiness(),
    onError: (error) => logger.error({ error }, 'the thread that answers /health and /ready has ended'),
  })
}

function announce(
  config: Config,
  service: Service,
  addresses: { readonly url: string; readonly page?: string } & Ports,
  logger: Logger,
): void {
  if (!service.authenticator.isRequired) {
    if (isLoopback(config.HOST))
      logger.info('no authentication: only this machine can connect, and anyone on it can read and write everything')
    else logger.warn('no authentication: anyone who can reach the port can read and write everything')
  }
  const { store, models, catalogue } = service
  logger.info(
    { ...addresses, store: store.name, items: catalogue.itemIds.length, model: models.active[0]?.name ?? null },
    'serving',
  )
  process.send?.({ url: addresses.url } satisfies Serving)
}
