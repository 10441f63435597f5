import { type DefineCommand, examples } from './program.ts'

export const importCommand: DefineCommand = (program) => {
  program
    .command('import')
    .summary('import past events before a service goes live')
    .description(
      `Imports past events, for example those of the last months, into a store before the service goes live. Each event counts at
the time at which it happened. Set REDIS_URL or DATA_DIR as for the service. With DATA_DIR, stop the service first, because only one process
can use this folder. If an import is interrupted, run it again: no event counts twice.`,
    )
    .argument(
      '<folder>',
      'import the log in this folder. It has the file events.jsonl.gz, sorted by timestamp, then by eventId, and the file items.jsonl.gz if items have attributes. Or it is a folder that liverank export wrote',
    )
    .option(
      '--surface-attribute <name>',
      'read the surface (place in the app) of an event from this key of its eventAttributes, instead of the key surface. Its values are strings or numbers',
    )
    .addHelpText(
      'after',
      examples('# import into the data folder of the service', 'DATA_DIR=/var/lib/liverank liverank import ./history'),
    )
    .action(async (folder: string, { surfaceAttribute }: { surfaceAttribute?: string }) => {
      const { runImport } = await import('./run-import.ts')
      await runImport(folder, surfaceAttribute)
    })
}
