import { pino } from 'pino'
import { z } from 'zod'
import { NO_LIMITS } from '../../src/accumulators/counting-limits.ts'
import { wallClock } from '../../src/clock.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import { systemRandomness } from '../../src/random.ts'
import { readConfig } from '../../src/service/config.ts'
import { openService } from '../../src/service/service.ts'
import { answersOf } from '../support/answer.ts'

/**
 * A program: a service with the settings of its first argument, a JSON object, that records what its parent process sends, and
 * answers. It ends with its parent.
 */
const settings = z.record(z.string(), z.string()).parse(JSON.parse(process.argv[2]))
const request = z.object({ id: z.number(), inputs: z.array(z.custom<EventInput>()) })

const service = await openService({
  config: readConfig({ MODEL: '', ...settings }),
  dataDir: settings.DATA_DIR,
  domain: { ...eCommerce, limits: NO_LIMITS },
  clock: wallClock(),
  random: systemRandomness(),
  logger: pino({ level: 'silent' }),
})

process.on('message', async (message) => {
  const { id, inputs } = request.parse(message)
  const answers = answersOf(await service.ingest.record(inputs))
  if (process.connected) process.send!({ id, answers })
})
process.on('disconnect', () => process.exit())
process.send!('ready')
