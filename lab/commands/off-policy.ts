import { numberFrom } from '../../src/commands/option-parsers.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import type { OffPolicyOptions } from './run-off-policy.ts'

export const offPolicyCommand: DefineCommand = (program) => {
  program
    .command('off-policy')
    .summary('estimate the results of another policy from a log')
    .description('Estimates the results that another policy would have had, from a log with the probabilities of its choices.')
    .argument(
      '<source...>',
      `a DATA_DIR, archive folders, or the Open Bandit Dataset; or the word simulated, to count how often the intervals contain a known true
value, and to write coverage.svg and coverage.json`,
    )
    .option('--domain <name>', 'name or file of the domain of the recorded log (default: DOMAIN, or e-commerce)')
    .option('--clip <n>', 'the largest weight (default: the square root of the number of decisions)', numberFrom(1, 1e9))
    .option('--runs <n>', 'simulated: logs', numberFrom(1, 1e6), 1000)
    .option('--decisions <n>', 'simulated: decisions in each log', numberFrom(10, 1e7), 5000)
    .option('--seed <n>', 'simulated: seed of the shop, its shoppers and the logs', numberFrom(0, 1e9), 1)
    .option('--out <dir>', 'simulated: folder to write to', 'off-policy')
    .addHelpText('after', examples('liverank off-policy ./data', 'liverank off-policy simulated --runs 100 --out ./coverage'))
    .action(async (sources: string[], options: OffPolicyOptions) => {
      const { runOffPolicy } = await import('./run-off-policy.ts')
      await runOffPolicy(sources, options)
    })
}
