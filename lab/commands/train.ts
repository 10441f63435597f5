import { join } from 'node:path'
import { Option } from 'commander'
import { PathArgument, PathOption } from '../../src/commands/checked-paths.ts'
import { numberFrom } from '../../src/commands/option-parsers.ts'
import { anyLog, newPath, onlyIf, readableFolder } from '../../src/commands/path-checks.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import { surfaceAttributeOption } from '../../src/commands/surface-attribute-option.ts'
import { featuresOption } from './features-option.ts'
import { givenOrderOption } from './given-order-option.ts'
import type { TrainOptions } from './run-train.ts'

/** Defines the command `liverank train`. */
export const trainCommand: DefineCommand = (program) => {
  program
    .command('train')
    .summary('train a ranking model on logs')
    .description(
      `Trains a model that ranks items, and writes it into a folder. For moments of a log at which the service could have recommended items
(decisions), the command computes the features (numbers about users and items) that the service would have had. From these features, the
model learns to predict which item the user chooses. The first run builds a Python environment of about 400 MB.`,
    )
    .addArgument(logArgument())
    .addOption(outOption())
    .option('--until <share>', 'use only this first share of the events of each log, such as 0.6', numberFrom(0.01, 1), 1)
    .option(
      '--decisions <n>',
      'learn from a random sample of at most this many decisions in each log',
      numberFrom(100, 1e7),
      20_000,
    )
    .addOption(labelOption())
    .addOption(windowOption())
    .addOption(surfaceAttributeOption('for a data folder: '))
    .addOption(givenOrderOption('for a data folder: '))
    .option('--within-sessions', 'with the label next_item: do not learn from the first action of each session')
    .option(
      '--negatives <n>',
      'with the label next_item: compare the chosen item of each decision with this many others, drawn at random',
      numberFrom(1, 1000),
      50,
    )
    .addOption(
      new PathOption(
        '--dataset <dir>',
        'write the training set (features and labels) into this folder, which must not exist, and fit no model',
        newPath('a training set is never overwritten: give another --dataset, or remove the folder.'),
      ),
    )
    .addOption(compareOption())
    .addOption(keepTrainedOption())
    .addOption(featuresOption('set which features the model uses'))
    .addOption(easeOption())
    .option('--seed <n>', 'the same seed draws the same random samples', numberFrom(0, 2 ** 31 - 1), 7)
    .addHelpText(
      'after',
      examples(
        '# train on the log of a service',
        'liverank train ./data --out models/own',
        '# train on the log of another system, in a data folder',
        'liverank train ./history --label next_item --decisions 50000',
      ),
    )
    .action(async (folders: string[], options: TrainOptions) => {
      const { runTrain } = await import('./run-train.ts')
      await runTrain(folders, options)
    })
}

function easeOption(): Option {
  return new Option(
    '--ease',
    'for a data folder: also learn from neighbour lists, as of liverank offline, computed at five points of the log from the events before',
  )
}

function logArgument(): PathArgument {
  return new PathArgument(
    '<folder...>',
    'learn from the log in this folder: DATA_DIR or ARCHIVE_DIR of a service, a folder that liverank export wrote, or a data folder with the log of another system. A data folder has events.jsonl.gz. It also needs items.jsonl.gz if items have attributes, and slates.jsonl.gz if events have a recommendationId',
    anyLog,
  )
}

function outOption(): Option {
  const check = newPath('a model is never overwritten: give another --out, or remove the folder.')
  return new PathOption(
    '--out <dir>',
    'write the model into this folder, which must not exist yet',
    onlyIf(({ options }) => options.dataset === undefined, check),
  ).default(join('models', new Date().toISOString().slice(0, 10)), 'models/<date>')
}

function labelOption(): Option {
  return new Option(
    '--label <label>',
    `set what the model learns to predict. next_item: on which item the user acts next. impressions: which of the shown items the user
clicks, puts into the cart or buys. auto: impressions if each log says which items users had seen before they clicked, and next_item if no
log does. If only some logs do, the command stops`,
  )
    .choices(['next_item', 'impressions', 'auto'])
    .default('auto')
}

function windowOption(): Option {
  return new Option(
    '--window <hours>',
    'with the label impressions: count only clicks and purchases within this many hours after their slate was first seen',
  )
    .argParser(numberFrom(0.001, 24 * 90))
    .default(24)
}

function compareOption(): Option {
  return new PathOption(
    '--compare <dir>',
    'also compare with the model in this folder, on events from which the new one did not learn. If that model ranks better, the new one is not kept',
    readableFolder,
  )
}

function keepTrainedOption(): Option {
  return new Option(
    '--keep-trained',
    'keep the trained model even if one of the simpler methods, the model that comes with Liverank, or that of --compare ranks better. By default, the command then fails and writes nothing',
  )
}
