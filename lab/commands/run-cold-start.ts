import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Domain } from '../../src/domain/domain.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { readConfig } from '../../src/service/config.ts'
import { type ColdStartGains, coldStart, measuredService } from '../simulation/cold-start.ts'
import { type ColdStartRun, coldStartTable } from '../simulation/cold-start-table.ts'
import { openOwnService } from '../simulation/own-service.ts'
import type { TasteName } from '../simulation/planted-tastes.ts'
import { createPlantedShop } from '../simulation/shop-with-shoppers.ts'
import { simulatedDomain } from '../simulation/simulated-domain.ts'
import { expectServableByName } from './expect-servable.ts'

/** Options of `liverank cold-start`, as they were parsed. */
export interface ColdStartCommandOptions {
  readonly tastes: readonly TasteName[]
  readonly tasteStrength: number
  readonly events: readonly number[]
  readonly seeds: number
  readonly items: number
  readonly shoppers: number
  readonly days: number
  readonly people: number
  readonly shuffled?: boolean
  readonly feedback?: boolean
  readonly model: string
  readonly out?: string
}

const STARTS_AT = Date.UTC(2026, 0, 5)

/**
 * Measures what slates are worth for users without events, prints it, and writes cold-start.json if asked to.
 * @throws DomainError if the domain cannot be used, or lacks event types of the simulated shoppers
 * @throws InvalidInputError for a model that cannot be served
 */
export async function runColdStart(options: ColdStartCommandOptions): Promise<void> {
  const { DOMAIN, MODEL_DIR: modelDir } = readConfig(process.env)
  const domain = simulatedDomain(await loadDomain(DOMAIN), DOMAIN)
  const seeds = Array.from({ length: options.seeds }, (_, index) => index + 1)
  const modelOf = (seed: number) => options.model.replaceAll('{seed}', String(seed))
  for (const model of new Set(seeds.map(modelOf)))
    if (model !== '') await expectServableByName('--model', model, modelDir, domain)
  const runs: ColdStartRun[] = []
  for (const seed of seeds) runs.push({ seed, gains: await measured(seed, options, { domain, model: modelOf(seed), modelDir }) })
  for (const line of coldStartTable(runs)) console.log(line)
  if (options.out === undefined) return
  await mkdir(options.out, { recursive: true })
  const figures = { domain: domain.name, ...options, runs }
  await writeFile(join(options.out, 'cold-start.json'), `${JSON.stringify(figures, undefined, 1)}\n`)
}

async function measured(
  seed: number,
  { events, people, shuffled = false, feedback = false, ...ofShop }: ColdStartCommandOptions,
  served: { readonly domain: Domain; readonly model: string; readonly modelDir: string },
): Promise<ColdStartGains[]> {
  const town = createPlantedShop({ ...ofShop, seed, startsAt: STARTS_AT })
  const service = await openOwnService({ ...served, seed, startsAt: STARTS_AT })
  // Without a model and without attributes: what it shows follows from nothing that is measured.
  const plain = feedback ? undefined : await openOwnService({ domain: eCommerce, model: '', seed, startsAt: STARTS_AT })
  try {
    const used = plain && { used: measuredService(plain) }
    const measured = { service: measuredService(service), ...used, after: events, people, isShuffled: shuffled }
    return await coldStart({ ...town, ...measured, seed })
  } finally {
    await plain?.close()
    await service.close()
  }
}
