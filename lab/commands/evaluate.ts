import { Option } from 'commander'
import { PathArgument, PathOption } from '../../src/commands/checked-paths.ts'
import { numberFrom, repeatable } from '../../src/commands/option-parsers.ts'
import { dataFolder, readableFolder, writableFile, writableFolder } from '../../src/commands/path-checks.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import { surfaceAttributeOption } from '../../src/commands/surface-attribute-option.ts'
import { diversityChartName } from '../evaluation/diversity-chart-name.ts'
import { featuresOption } from './features-option.ts'
import { givenOrderOption } from './given-order-option.ts'
import type { EvaluateOptions } from './run-evaluate.ts'
import { summaryPage } from './summary-page-check.ts'

const ROWS = 'about this many rows (moments after an action)'

/** Defines the command `liverank evaluate`. */
export const evaluateCommand: DefineCommand = (program) => {
  program
    .command('evaluate')
    .summary('compare a model with other methods on a log')
    .description(
      `Measures how well a model and simpler methods, such as a list of popular items, predict on which item a user acts next. After each action in
the last part of a log (the test period), every method ranks all items that the log has named before. The nearer the item of the user's next
action is to the top, the better the method. If the log says which items users had seen before they clicked, the command also measures how
well the methods predict which ones they choose. Without --model, the command first trains a model on the events before the test period.`,
    )
    .addArgument(
      new PathArgument(
        '<folder...>',
        'use the log in this folder: events.jsonl.gz and, if items have attributes, items.jsonl.gz',
        dataFolder,
      ),
    )
    .addOption(onlyOption())
    .addOption(new PathOption('--model <dir>', 'evaluate the model in this folder (default: train one)', readableFolder))
    .addOption(withoutModelOption())
    .addOption(besideOption())
    .addOption(featuresOption('without --model: set which features the trained model uses'))
    .option(
      '--test-from <share>',
      'begin the test period after this share of the events. But if events have the value test in the key split of eventAttributes, these events are the test period',
      numberFrom(0.05, 0.98),
      0.75,
    )
    .addOption(delaysOption())
    .addOption(surfaceAttributeOption())
    .addOption(givenOrderOption())
    .addOption(windowOption())
    .option(
      '--ease',
      'also evaluate EASE, a linear model of items in the same sessions. Models then rank with its neighbour lists, as after liverank offline. It needs Python 3.9 or later',
    )
    .addOption(sequenceModelsOption())
    .option('--rows <n>', `evaluate a random sample of ${ROWS} (default: all)`, numberFrom(10, 1e9))
    .option('--delay-rows <n>', `with --delays: evaluate a random sample of ${ROWS}`, numberFrom(10, 1e9), 3000)
    .option(
      '--diversities <list>',
      'also evaluate slates with each of these values of diversity, from 0 to 1, separated by commas. A higher value makes the items of a slate differ more (default: 0.01,0.02,0.03,0.05,0.1,0.2)',
    )
    .option('--slate-rows <n>', `evaluate the slates with each value of diversity on ${ROWS}`, numberFrom(10, 1e9), 3000)
    .addOption(svgOption())
    .addOption(
      new PathOption('--report <file>', 'write the report, an HTML page, to this file', writableFile).default('evaluation.html'),
    )
    .addOption(summaryOption())
    .option('--json', 'print the metrics as JSON, which evaluation-summary reads')
    .option('--seed <n>', 'the same seed draws the same random samples', numberFrom(0, 2 ** 31 - 1), 7)
    .addHelpText(
      'after',
      examples(
        '# evaluate the model that comes with the package',
        'liverank evaluate ./history --model models/default',
        '# train a model, and evaluate it faster, on a sample',
        'liverank evaluate ./history --rows 3000 --delays none --report history.html',
      ),
    )
    .action(async (folders: string[], options: EvaluateOptions) => {
      const { runEvaluate } = await import('./run-evaluate.ts')
      await runEvaluate(folders, options)
    })
}

function withoutModelOption(): Option {
  return new Option(
    '--without-model',
    'with --only next_item: evaluate the first stage, which learns from what users choose, in place of a model. This takes less time, as nothing is trained',
  )
}

function besideOption(): Option {
  const about = 'also evaluate the model in this folder, under the name of the folder'
  return repeatable(new PathOption('--beside <dir>', about, readableFolder))
}

function sequenceModelsOption(): Option {
  return new Option(
    '--sequence-models',
    'also evaluate GRU4Rec and SASRec, neural networks that read sessions in order. This takes minutes for each log, and needs Python 3.9 or later',
  )
}

function svgOption(): Option {
  return new PathOption(
    '--svg <dir>',
    'for each log, write a chart of the metrics by diversity into this folder: diversity-<log>.svg',
    writableFolder(({ args }) => args.map(diversityChartName)),
  )
}

function summaryOption(): Option {
  return new PathOption(
    '--summary <file>',
    'also write a Markdown summary to this file, and a chart beside it (.svg): on which logs the model is better or worse than all other methods, beyond chance',
    summaryPage,
  )
}

function onlyOption(): Option {
  return new Option(
    '--only <what>',
    'measure only how well the methods predict the item of the next action (next_item), or which of the shown items users choose (impressions)',
  ).choices(['next_item', 'impressions'])
}

function windowOption(): Option {
  return new Option(
    '--window <hours>',
    'for impressions: count only clicks and purchases within this many hours after the item was shown',
  )
    .argParser(numberFrom(0.001, 24 * 90))
    .default(24)
}

function delaysOption(): Option {
  return new Option(
    '--delays <minutes>',
    'also measure how well the model ranks without the events of the last minutes, for each of these numbers, separated by commas. First, only the data about the user lack them, then only the totals over all users. none: do not measure this',
  ).default('1,60,1440')
}
