import { numberFrom } from '../../src/commands/option-parsers.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import type { OffPolicyOptions } from './run-off-policy.ts'

export const offPolicyCommand: DefineCommand = (program) => {
  program
    .command('off-policy')
    .summary('estimate the results of another policy from a log')
    .description(
      'Estimates, from the log of one policy (a way to choose items), which results (such as the number of clicks) another policy would have had. The log must contain the probability with which the policy made each random choice.',
    )
    .argument(
      '<source...>',
      `the DATA_DIR of a service, folders with an archive of its log, or the Open Bandit Dataset. Or the word simulated: the command then makes
logs of a simulated shop whose true result is known. It counts how often the confidence intervals of the estimates contain this result, and
writes coverage.svg and coverage.json`,
    )
    .option('--domain <name>', 'name or file of the domain of the recorded log (default: DOMAIN, or e-commerce)')
    .option(
      '--clip <n>',
      'largest weight of a decision (one random choice of an item) in the estimate. Larger weights are lowered to this weight (default: the square root of the number of decisions)',
      numberFrom(1, 1e9),
    )
    .option('--runs <n>', 'with simulated: number of logs', numberFrom(1, 1e6), 1000)
    .option(
      '--decisions <n>',
      'with simulated: number of decisions (random choices of an item) in each log',
      numberFrom(10, 1e7),
      5000,
    )
    .option('--seed <n>', 'with simulated: seed of the shop, its shoppers and the logs', numberFrom(0, 1e9), 1)
    .option('--out <dir>', 'with simulated: folder to write to', 'off-policy')
    .addHelpText('after', examples('liverank off-policy ./data', 'liverank off-policy simulated --runs 100 --out ./coverage'))
    .action(async (sources: string[], options: OffPolicyOptions) => {
      const { runOffPolicy } = await import('./run-off-policy.ts')
      await runOffPolicy(sources, options)
    })
}
