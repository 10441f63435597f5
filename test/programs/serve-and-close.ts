// Serves a store in the folder given, or on the Redis given after it, to subscribers over both transports; closes; and does not
// exit: the process ends when nothing is left running.
import { pino } from 'pino'
import { wallClock } from '../../src/clock.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { systemRandomness } from '../../src/random.ts'
import { startServer } from '../../src/server/server.ts'
import { readConfig } from '../../src/service/config.ts'
import { openService } from '../../src/service/service.ts'
import { post, sseClient, webSocketClient } from '../support/graphql-client.ts'
import { LIVE, RECORD } from '../support/slate-answer.ts'

const [dataDir, redisUrl] = process.argv.slice(2)
const logger = pino({ level: 'silent' })
const service = await openService({
  config: readConfig({ MODEL: '', REDIS_URL: redisUrl }),
  dataDir,
  domain: eCommerce,
  clock: wallClock(),
  random: systemRandomness(),
  logger,
})
const server = await startServer(service, { host: '127.0.0.1', port: 0, graphiql: false, logger })
for (const make of [webSocketClient, sseClient]) {
  const slates = make(server.url).subscribe(LIVE, { input: { userId: 'me' }, refreshEveryMs: 60_000 })
  await slates.next()
  await post(server.url, RECORD, { input: { userId: 'me', eventType: 'view', itemId: 'i1' } })
  await slates.next()
}
await server.close()
await service.close()
console.log('closed')
