import { MAX_LISTS } from '../../src/catalogue/neighbour-lists.ts'
import { PathArgument } from '../../src/commands/checked-paths.ts'
import { wholeNumberFrom } from '../../src/commands/option-parsers.ts'
import { anyLog } from '../../src/commands/path-checks.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import { surfaceAttributeOption } from '../../src/commands/surface-attribute-option.ts'
import type { OfflineOptions } from './run-offline.ts'

/** Defines the command `liverank offline`. */
export const offlineCommand: DefineCommand = (program) => {
  program
    .command('offline')
    .summary('compute similar items from a log, and upload them to a service')
    .description(
      `Computes for each item which other items users act on in the same session (visit), and uploads these neighbour lists to a running
service. The service then proposes items that are similar to those in the history of a user. It uses the lists for seven days, so run the
command every day. Each run replaces all lists. Set the environment variable LIVERANK_TOKEN to the key or token of an admin. The first run
builds a Python environment of about 400 MB.`,
    )
    .addArgument(
      new PathArgument(
        '<folder>',
        'use the log in this folder: DATA_DIR or ARCHIVE_DIR of a service, a folder that liverank export wrote, or a data folder with the log of another system (events.jsonl.gz)',
        anyLog,
      ),
    )
    .option('--url <url>', 'upload to the service with this address', 'http://127.0.0.1:4000/graphql')
    .option(
      '--items <n>',
      'compute lists for at most this many items: those on which most sessions act. 6,000 items take about 1 GB of memory. The memory grows with the square of this number, the time with its third power',
      wholeNumberFrom(10, MAX_LISTS),
      6000,
    )
    .option(
      '--actions <n>',
      'use only the latest actions, at most this many. A million take about 1 GB of memory',
      wholeNumberFrom(1000, 1e8),
      1_000_000,
    )
    .option('--minutes <n>', 'give up if the computation takes longer than this many minutes', wholeNumberFrom(1, 1440), 60)
    .addOption(surfaceAttributeOption('for a data folder: '))
    .addHelpText(
      'after',
      examples(
        '# compute lists from the log of a service, and upload them to it',
        'LIVERANK_TOKEN=lrk_… liverank offline ./data',
        '# the same for a service on another machine, from an export',
        'LIVERANK_TOKEN=lrk_… liverank offline ./log-2026-11 --url https://recommendations.example.com/graphql',
      ),
    )
    .action(async (folder: string, options: OfflineOptions) => {
      const { runOffline } = await import('./run-offline.ts')
      await runOffline(folder, options)
    })
}
