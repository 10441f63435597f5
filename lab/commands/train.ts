import { Option } from 'commander'
import { numberFrom } from '../../src/commands/option-parsers.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import { FEATURE_CHOICES } from '../learning/feature-choices.ts'
import type { TrainOptions } from './run-train.ts'

export const trainCommand: DefineCommand = (program) => {
  program
    .command('train')
    .summary('train a ranking model on logs')
    .description(
      `Replays logs to compute the features that the service would have computed, fits a ranker, and writes a model folder. The first run builds a
Python environment of about 400 MB.`,
    )
    .argument(
      '<folder...>',
      `a DATA_DIR (with its archive, or that of ARCHIVE_DIR), an archive, or an export; or a log from elsewhere: events.jsonl.gz, with
items.jsonl.gz if items have attributes, and slates.jsonl.gz if events name slates by recommendationId`,
    )
    .option('--out <dir>', 'the model folder to create, which must not exist (default: models/<date>)')
    .option('--until <share>', 'use this share of each log, from its beginning', numberFrom(0.01, 1), 1)
    .option(
      '--decisions <n>',
      'sample at most this many decisions (moments at which a slate could be ranked) from each log',
      numberFrom(100, 1e7),
      20_000,
    )
    .addOption(
      new Option(
        '--label <label>',
        `what the model learns to predict. next_item: the next item of the session. impressions: the outcome of each item shown: 0 nothing, 1 click,
2 cart, 3 purchase. auto: impressions if, in every log, at least half of the clicks, carts and purchases follow an impression of the item;
next_item if this holds in no log`,
      )
        .choices(['next_item', 'impressions', 'auto'])
        .default('auto'),
    )
    .option(
      '--window <hours>',
      'with impressions: how long after a slate an action counts as its outcome',
      numberFrom(0.001, 24 * 90),
      24,
    )
    .option(
      '--surface-attribute <name>',
      'for a log from elsewhere: the event attribute that names the surface, if it is not eventAttributes.surface',
    )
    .option('--within-sessions', 'with next_item: do not learn to predict the first item of each session')
    .option(
      '--negatives <n>',
      'with next_item: candidates that were not chosen to keep for each training decision',
      numberFrom(1, 1000),
      50,
    )
    .option('--dataset <dir>', 'write the training set into this folder, which must not exist, and fit no model')
    .option('--compare <dir>', 'a model folder to evaluate on the same test decisions')
    .addOption(
      new Option(
        '--features <kind>',
        'portable: features that mean the same in any shop. any_domain: portable features that all built-in domains have. all: every feature',
      )
        .choices(FEATURE_CHOICES)
        .default('portable'),
    )
    .option('--seed <n>', 'seed of samples and of the fit', numberFrom(0, 2 ** 31 - 1), 7)
    .addHelpText(
      'after',
      examples('liverank train ./data --out models/own', 'liverank train ./history --label next_item --decisions 50000'),
    )
    .action(async (folders: string[], options: TrainOptions) => {
      const { runTrain } = await import('./run-train.ts')
      await runTrain(folders, options)
    })
}
