import { cp, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { ModelChoice } from './model-choice.ts'
import { SHIPPED } from './shipped-model.ts'

/**
 * Copies the model that comes with the package into a folder of another name. Its card then begins with the reason, and
 * `metrics.json` has the reason and the comparison under `fallback`.
 * @param folder new folder
 */
export async function writeFallback(folder: string, { warning = '', comparison }: ModelChoice): Promise<void> {
  await cp(SHIPPED, folder, { recursive: true })
  const card = await readFile(join(folder, 'card.md'), 'utf8')
  const [, ...about] = card.split('\n')
  const tables = comparison.sets.flatMap(({ name, decisions, seeds, values }) => [
    `| ${decisions} ${name} | ${comparison.measure} |`,
    '| --- | --- |',
    ...Object.entries({ 'trained model': seeds[0], 'trained model with another seed': seeds[1], ...values })
      .sort(([, a], [, b]) => b - a)
      .map(([ranking, value]) => `| ${ranking} | ${value.toFixed(4)} |`),
    '',
  ])
  const why = [
    `# ${basename(folder)}`,
    '',
    'This folder has a copy of the model that comes with Liverank, instead of the model that was trained.',
    '',
    '## Why',
    '',
    warning,
    '',
    ...tables,
    '## The copied model',
  ]
  await writeFile(join(folder, 'card.md'), [...why, ...about].join('\n'))
  const metrics: object = JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8'))
  await writeFile(
    join(folder, 'metrics.json'),
    `${JSON.stringify({ ...metrics, fallback: { reason: warning, comparison } }, null, 2)}\n`,
  )
}

/** Tells whether a training put the model that comes with the package into this folder. */
export async function isFallback(folder: string): Promise<boolean> {
  const metrics = z
    .looseObject({ fallback: z.unknown().optional() })
    .parse(JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8')))
  return metrics.fallback !== undefined
}
