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
        'import this data folder, or a folder that liverank export wrote. A data folder has the file events.jsonl.gz, with one event per line. If items have attributes, it also has items.jsonl.gz, with one item per line',
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
