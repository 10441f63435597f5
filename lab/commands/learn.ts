import { PathArgument, PathOption } from '../../src/commands/checked-paths.ts'
import { wholeNumberFrom } from '../../src/commands/option-parsers.ts'
import { anyLog, writableFolder } from '../../src/commands/path-checks.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import type { LearnOptions } from './run-learn.ts'

/** Defines the command `liverank learn`. */
export const learnCommand: DefineCommand = (program) => {
  program
    .command('learn')
    .summary('train models again and again, and put those that are better into shadow')
    .description(
      `Trains a model from the log of a running service each day, or when the log has doubled, and judges it. If the model ranks better beyond
chance than what ranks now, the command uploads it, and puts it into shadow. Users do not see its ranking until a person activates it. Each run
also computes neighbour lists, as liverank offline does. While a model ranks that a person has chosen, the command only waits. Set the environment
variable LIVERANK_TOKEN to the key or token of an admin. The first run builds a Python environment of about 400 MB.`,
    )
    .addArgument(
      new PathArgument(
        '<folder>',
        'learn from the log in this folder: DATA_DIR or ARCHIVE_DIR of the service, or a data folder with the log of another system (events.jsonl.gz)',
        anyLog,
      ),
    )
    .option('--url <url>', 'use the service with this address', 'http://127.0.0.1:4000/graphql')
    .addOption(
      new PathOption(
        '--work <dir>',
        'keep models and the list of runs in this folder. A learner that was stopped goes on with it',
        writableFolder(() => ['learner.json']),
      ).default('learner'),
    )
    .option('--once', 'run once, if a run is due, and end')
    .option('--no-lists', 'compute no neighbour lists')
    .option('--decisions <n>', 'train with at most this many decisions', wholeNumberFrom(100, 1e7), 20_000)
    .option('--minutes <n>', 'give up a training that takes longer than this many minutes', wholeNumberFrom(1, 1440), 120)
    .option('--memory <mb>', 'let each step use at most this much memory for objects of Node', wholeNumberFrom(256, 65_536), 1536)
    .addHelpText(
      'after',
      examples(
        '# learn from the log of a service on this machine, day after day',
        'LIVERANK_TOKEN=lrk_… liverank learn ./data',
        '# the same from cron',
        'LIVERANK_TOKEN=lrk_… liverank learn ./data --work /var/lib/liverank-learner --once',
      ),
    )
    .action(async (folder: string, options: LearnOptions) => {
      const { runLearn } = await import('./run-learn.ts')
      await runLearn(folder, options)
    })
}
