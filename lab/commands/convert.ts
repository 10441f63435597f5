import { Argument } from 'commander'
import { PathArgument } from '../../src/commands/checked-paths.ts'
import { wholeNumberFrom } from '../../src/commands/option-parsers.ts'
import { readableFolder, writableFolder } from '../../src/commands/path-checks.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import { CONVERTED_FILES } from '../public-logs/convert-log.ts'
import { PUBLIC_FORMATS } from '../public-logs/public-formats.ts'
import type { ConvertArguments, ConvertFlags } from './run-convert.ts'

/** Defines the command `liverank convert`. */
export const convertCommand: DefineCommand = (program) => {
  program
    .command('convert')
    .summary('convert a public log, as it was published, to a data folder')
    .description(
      `Reads a public log of events as it was published, and writes it as a data folder. Each file may be compressed with gzip (.gz). ${PUBLIC_FORMATS.map(({ name, summary }) => `The format ${name} is for ${summary}.`).join(' ')}`,
    )
    .addArgument(new Argument('<format>', 'the name of the log').choices(PUBLIC_FORMATS.map(({ name }) => name)))
    .addArgument(new PathArgument('<source>', 'the folder with the files as they were published', readableFolder))
    .addArgument(
      new PathArgument(
        '<out>',
        'the data folder to write: events.jsonl.gz, items.jsonl.gz, and users.jsonl.gz if the log describes users',
        writableFolder(() => CONVERTED_FILES),
      ),
    )
    .option(
      '--part <n>',
      'keep only the latest training sessions, with one in this number of the training events, such as 4 or 64 for yoochoose',
      wholeNumberFrom(1, 10_000),
      1,
    )
    .option('--all', 'keep all events. By default, the command leaves out rare items and short sessions, as in the literature')
    .addHelpText(
      'after',
      examples(
        'liverank convert yoochoose ./downloads ./yoochoose-64 --part 64   # the log of many published tables',
        'liverank convert movielens ./ml-latest-small ./movielens',
      ),
    )
    .action(async (...given: [...ConvertArguments, ConvertFlags]) => {
      const { runConvert } = await import('./run-convert.ts')
      const [format, source, out, flags] = given
      await runConvert([format, source, out], flags)
    })
}
