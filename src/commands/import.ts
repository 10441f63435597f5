import { PathArgument } from './checked-paths.ts'
import { anyLog } from './path-checks.ts'
import { type DefineCommand, examples } from './program.ts'
import { surfaceAttributeOption } from './surface-attribute-option.ts'

/** Defines the command `liverank import`. */
export const importCommand: DefineCommand = (program) => {
  program
    .command('import')
    .summary('import past events before a service goes live')
    .description(
      `Imports past events into the store of a service before it goes live. The result is the same as if the service had recorded each
event when it happened. Set REDIS_URL or DATA_DIR as for the service. With DATA_DIR, stop the service first, because only one process can use
this folder. If an import is interrupted, run it again: no event counts twice.`,
    )
    .addArgument(
      new PathArgument(
        '<folder>',
        'the log to import: the DATA_DIR or ARCHIVE_DIR of another service, what liverank export wrote, or a data folder, which has events.jsonl.gz and may have items.jsonl.gz and users.jsonl.gz',
        anyLog,
      ),
    )
    .addOption(surfaceAttributeOption('for a log of another system: '))
    .addHelpText(
      'after',
      examples('# import into the data folder of the service', 'DATA_DIR=/var/lib/liverank liverank import ./history'),
    )
    .action(async (folder: string, { surfaceAttribute }: { surfaceAttribute?: string }) => {
      const { runImport } = await import('./run-import.ts')
      await runImport(folder, surfaceAttribute)
    })
}
