import { numberFrom } from '../../src/commands/option-parsers.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import type { DiscoveryCommandOptions, RegretCommandOptions } from './run-exploration.ts'

export const explorationCommand: DefineCommand = (program) => {
  const exploration = program
    .command('exploration')
    .summary('measure what exploration costs and brings')
    .helpCommand(false)
    .description('Measures what exploration costs and brings, with simulated shoppers on the service itself.')
    .addHelpText(
      'after',
      examples(
        'liverank exploration regret --rounds 10000 --out ./regret',
        'liverank exploration discovery --seeds 1 --days 7 --out ./discovery',
      ),
    )
  exploration
    .command('regret')
    .summary('clicks that an exploration slot loses')
    .description(
      `Counts the clicks that an exploration slot loses against knowing the taste of every shopper, beside a slot drawn evenly and a slot that
always takes the highest estimate. Writes regret.svg and regret.json.`,
    )
    .option('--rounds <n>', 'slots to fill', numberFrom(100, 10_000_000), 100_000)
    .option('--seed <n>', 'the same seed makes the same shop and shoppers', numberFrom(0, 1e9), 1)
    .option('--gamma <n>', "gamma of inverse gap weighting (default: the shop's)", numberFrom(1e-9, 1e12))
    .option('--out <dir>', 'folder to write to', 'exploration')
    .addHelpText('after', examples('liverank exploration regret --rounds 10000'))
    .action(async (options: RegretCommandOptions) => {
      const { runRegret } = await import('./run-exploration.ts')
      await runRegret(options)
    })
  exploration
    .command('discovery')
    .summary('how long a good new item stays unfound')
    .description(
      'Measures how long a good item that arrives stays unfound, with exploration slots and without. Writes discovery.json.',
    )
    .option('--seeds <n>', 'shops to simulate', numberFrom(1, 100), 3)
    .option('--days <n>', 'length of each', numberFrom(2, 365), 14)
    .option('--shoppers <n>', 'people who may come', numberFrom(1, 1e6), 1500)
    .option('--items <n>', 'items of the catalogue, a fifth of which arrives meanwhile', numberFrom(50, 1e6), 400)
    .option('--times <n>', 'multiplies how often there is a slot', numberFrom(0.01, 100), 1)
    .option(
      '--listings <share>',
      'share of searches and listings, 0 to 1; the others become slates: 0 is a feed',
      numberFrom(0, 1),
      1,
    )
    .option('--model <name>', 'a model in MODEL_DIR; empty ranks by the rule', 'default')
    .option('--out <dir>', 'folder to write to', 'exploration')
    .addHelpText('after', examples('liverank exploration discovery --seeds 1 --days 7'))
    .action(async (options: DiscoveryCommandOptions) => {
      const { runDiscovery } = await import('./run-exploration.ts')
      await runDiscovery(options)
    })
}
