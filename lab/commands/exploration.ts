import { numberFrom } from '../../src/commands/option-parsers.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import type { DiscoveryCommandOptions, RegretCommandOptions } from './run-exploration.ts'

export const explorationCommand: DefineCommand = (program) => {
  const exploration = program
    .command('exploration')
    .summary('measure the costs and benefits of exploration')
    .helpCommand(false)
    .description(
      'Measures the costs and benefits of exploration, with simulated shoppers who use the real service. With exploration, some positions in lists of recommended items (exploration slots) show an item drawn at random.',
    )
    .addHelpText(
      'after',
      examples(
        'liverank exploration regret --rounds 10000 --out ./regret',
        'liverank exploration discovery --seeds 1 --days 7 --out ./discovery',
      ),
    )
  exploration
    .command('regret')
    .summary('measure the clicks that an exploration slot loses')
    .description(
      `Counts how many clicks an exploration slot (a position that shows an item drawn at random) loses, compared with a perfect
choice of items. The command also measures two simpler slots: one draws all items with equal probability, and one always
shows the item with the highest predicted reward. It writes regret.svg and regret.json.`,
    )
    .option('--rounds <n>', 'number of times that the slot shows an item', numberFrom(100, 10_000_000), 100_000)
    .option('--seed <n>', 'the same seed makes the same shop and shoppers', numberFrom(0, 1e9), 1)
    .option(
      '--gamma <n>',
      'how strongly the random draw prefers items with a high predicted probability of a click. Near 0, all items are equally likely. The higher the number, the more often the slot shows the item with the highest prediction (default: 300, as in the domain e-commerce)',
      numberFrom(1e-9, 1e12),
    )
    .option('--out <dir>', 'folder to write to', 'exploration')
    .addHelpText('after', examples('liverank exploration regret --rounds 10000'))
    .action(async (options: RegretCommandOptions) => {
      const { runRegret } = await import('./run-exploration.ts')
      await runRegret(options)
    })
  exploration
    .command('discovery')
    .summary('measure how long it takes to find a good new item')
    .description(
      `Measures how long the service takes to find a good new item, with and without exploration slots (positions of a slate that
show an item drawn at random). The command writes discovery.json.`,
    )
    .option('--seeds <n>', 'number of shops to simulate', numberFrom(1, 100), 3)
    .option('--days <n>', 'days to simulate in each shop', numberFrom(2, 365), 14)
    .option('--shoppers <n>', 'number of simulated people who may visit', numberFrom(1, 1e6), 1500)
    .option('--items <n>', 'items of the catalogue, a fifth of which arrives during the simulation', numberFrom(50, 1e6), 400)
    .option(
      '--times <n>',
      'a factor for the share of slates with an exploration slot: the simulation multiplies the share that the domain sets by this factor',
      numberFrom(0.01, 100),
      1,
    )
    .option(
      '--listings <share>',
      'which share of the visits to search results and listings to simulate, 0 to 1. In the other visits, shoppers see a slate instead. With 0, shoppers see only slates, as in a feed',
      numberFrom(0, 1),
      1,
    )
    .option('--model <name>', 'a model in MODEL_DIR. An empty name: rank without a model', 'default')
    .option('--out <dir>', 'folder to write to', 'exploration')
    .addHelpText('after', examples('liverank exploration discovery --seeds 1 --days 7'))
    .action(async (options: DiscoveryCommandOptions) => {
      const { runDiscovery } = await import('./run-exploration.ts')
      await runDiscovery(options)
    })
}
