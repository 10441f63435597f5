import type { Command } from 'commander'
import { PathOption } from '../../src/commands/checked-paths.ts'
import { numberFrom } from '../../src/commands/option-parsers.ts'
import { writableFolder } from '../../src/commands/path-checks.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import type { DiscoveryCommandOptions, RegretCommandOptions } from './run-exploration.ts'

/** Defines the command `liverank exploration` with its subcommands. */
export const explorationCommand: DefineCommand = (program) => {
  const exploration = program
    .command('exploration')
    .summary('measure what it costs and brings to show some items at random (exploration)')
    .helpCommand(false)
    .description(
      'Measures exploration with simulated shoppers. An exploration slot is a position of a slate that shows an item drawn at random, so that new items are seen too. `regret` measures how many clicks such slots cost. `discovery` measures how much sooner the service finds good new items.',
    )
    .addHelpText(
      'after',
      examples(
        'liverank exploration regret --rounds 10000 --out ./regret',
        'liverank exploration discovery --seeds 1 --days 7 --out ./discovery',
      ),
    )
  addRegret(exploration)
  addDiscovery(exploration)
}

function addRegret(exploration: Command): void {
  exploration
    .command('regret')
    .summary('measure the clicks that an exploration slot loses')
    .description(
      `Measures how many clicks exploration slots cost. Each slot shows one of 20 new items to a simulated shopper, who clicks with a known
probability. The cost of a slot is the highest click probability among the 20 items, minus that of the item shown. The command adds up the
costs of all slots. It compares them with two other kinds of slots: those that draw all items with equal probability, and those that always
show the item with the highest predicted click probability. It writes a chart (regret.svg) and the numbers (regret.json).`,
    )
    .option('--rounds <n>', 'show this number of slots to simulated shoppers', numberFrom(100, 10_000_000), 100_000)
    .option('--seed <n>', 'the same seed gives the same result', numberFrom(0, 1e9), 1)
    .option(
      '--gamma <n>',
      'set how strongly slots prefer items with a high predicted click probability. Near 0, they draw all items equally often (default: the number in the domain, such as 300 in e-commerce)',
      numberFrom(1e-9, 1e12),
    )
    .addOption(outOption('regret.json', 'regret.svg'))
    .addHelpText('after', examples('liverank exploration regret --rounds 10000   # shows 10,000 slots to simulated shoppers'))
    .action(async (options: RegretCommandOptions) => {
      const { runRegret } = await import('./run-exploration.ts')
      await runRegret(options)
    })
}

function addDiscovery(exploration: Command): void {
  exploration
    .command('discovery')
    .summary('measure how long it takes to find a good new item')
    .description(
      `Measures how long the service takes to find good new items, with and without exploration slots. Simulated shoppers use the real
service. A good item belongs to the sixth of the items that shoppers like most. It is found when it has become visible 20 times outside
exploration slots. The command prints how many hours this takes from its arrival, and writes discovery.json.`,
    )
    .option('--seeds <n>', 'simulate this number of shops, with the seeds 1, 2 and so on', numberFrom(1, 100), 3)
    .option('--days <n>', 'simulate this number of days in each shop', numberFrom(2, 365), 14)
    .option(
      '--shoppers <n>',
      'simulate this number of shoppers in each shop, who visit it at random times',
      numberFrom(1, 1e6),
      1500,
    )
    .option(
      '--items <n>',
      'put this number of items into each shop, a fifth of which arrive during the simulated days',
      numberFrom(50, 1e6),
      400,
    )
    .option('--times <n>', 'multiply the share of slates with an exploration slot by this number', numberFrom(0.01, 100), 1)
    .option(
      '--listings <share>',
      'let shoppers see this share of the pages that the shop itself sorts (search results and categories), and recommendations instead of the others. With 0, they see only recommendations, as in a feed',
      numberFrom(0, 1),
      1,
    )
    .option(
      '--model <name>',
      'rank with this model: a folder in MODEL_DIR, or a model of the package. With an empty name, no model ranks',
      'default',
    )
    .addOption(outOption('discovery.json'))
    .addHelpText('after', examples('liverank exploration discovery --seeds 1 --days 7   # simulates one shop for a week'))
    .action(async (options: DiscoveryCommandOptions) => {
      const { runDiscovery } = await import('./run-exploration.ts')
      await runDiscovery(options)
    })
}

function outOption(...files: readonly string[]): PathOption {
  return new PathOption(
    '--out <dir>',
    'write the results into this folder',
    writableFolder(() => files),
  ).default('exploration')
}
