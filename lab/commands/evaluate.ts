import { Option } from 'commander'
import { numberFrom, repeatable } from '../../src/commands/option-parsers.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import { FEATURE_CHOICES } from '../learning/feature-choices.ts'
import type { EvaluateOptions } from './run-evaluate.ts'

export const evaluateCommand: DefineCommand = (program) => {
  program
    .command('evaluate')
    .summary('compare a model with other methods on a log')
    .description(
      `Measures how well a model and other methods predict the items on which users act next, in the last part of a log (the test period).
At each such moment (a row), every method ranks all items that are known so far. If at least half of the clicks, cart events and purchases
follow an impression of the item, the command also measures how well the methods predict which of the shown items users choose. Without
--model, it trains a model for each log on the events before the test period.`,
    )
    .argument('<folder...>', 'a data folder: events.jsonl.gz and, if items have attributes, items.jsonl.gz')
    .addOption(new Option('--only <what>', 'do only this part of the evaluation').choices(['next_item', 'impressions']))
    .option('--model <dir>', 'the folder of the model to evaluate (default: train one)')
    .addOption(repeatable('--beside <dir>', 'also evaluate the model in this folder, under the name of the folder'))
    .addOption(
      new Option('--features <kind>', 'without --model: features of the model to train')
        .choices(FEATURE_CHOICES)
        .default('portable'),
    )
    .option(
      '--test-from <share>',
      'for logs without the key split in eventAttributes: the test period begins after this share of the events, 0 to 1',
      numberFrom(0.05, 0.98),
      0.75,
    )
    .option(
      '--delays <minutes>',
      'also evaluate with state that is too old, by each of these numbers of minutes, separated by commas. In one evaluation, the state of users is too old, and in another one the totals over all users. none: do not do this',
      '1,60,1440',
    )
    .option(
      '--surface-attribute <name>',
      'the key of eventAttributes that names the surface (place in the app), if it is not surface',
    )
    .option(
      '--window <hours>',
      'the time in hours, from an impression, in which an action counts as its outcome',
      numberFrom(0.001, 24 * 90),
      24,
    )
    .option('--rows <n>', 'number of rows (moments) to evaluate, drawn at random (default: all)', numberFrom(10, 1e9))
    .option('--delay-rows <n>', 'with --delays: number of rows (moments) to evaluate', numberFrom(10, 1e9), 3000)
    .option(
      '--diversities <list>',
      'strengths of the rule diversity to compare, 0 to 1, separated by commas (default: 0.01,0.02,0.03,0.05,0.1,0.2)',
    )
    .option('--slate-rows <n>', 'number of rows (moments) for which to make slates', numberFrom(10, 1e9), 3000)
    .option('--svg <dir>', 'also write a chart of diversity for each log, diversity-<log>.svg, into this folder')
    .option('--report <file>', 'the HTML report to write', 'evaluation.html')
    .option('--json', 'print the metrics as JSON')
    .option('--seed <n>', 'seed of the random numbers for samples', numberFrom(0, 2 ** 31 - 1), 7)
    .addHelpText(
      'after',
      examples(
        'liverank evaluate ./history --model models/default',
        'liverank evaluate ./history --rows 3000 --delays none --report history.html',
      ),
    )
    .action(async (folders: string[], options: EvaluateOptions) => {
      const { runEvaluate } = await import('./run-evaluate.ts')
      await runEvaluate(folders, options)
    })
}
