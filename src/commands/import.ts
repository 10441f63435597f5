import { type DefineCommand, examples } from './program.ts'

export const importCommand: DefineCommand = (program) => {
  program
    .command('import')
    .summary('import past events before a service goes live')
    .description(
      `Imports past events, for example those of the last months, into a store before the service goes live. Each event counts at
the time at which it happened. Set REDIS_URL, or DATA_DIR for the embedded store, as for the service. If the store is
embedded, stop its service first. If an import is interrupted, run it again: no event counts twice.`,
    )
    .argument(
      '<folder>',
      'a folder with events.jsonl.gz, sorted by timestamp, then by eventId, and with items.jsonl.gz if items have attributes. Or a folder that liverank export wrote',
    )
    .option(
      '--surface-attribute <name>',
      'the key of eventAttributes that names the surface (place in the app), if it is not surface. Its values are strings or numbers',
    )
    .addHelpText('after', examples('DATA_DIR=/var/lib/liverank liverank import ./history'))
    .action(async (folder: string, { surfaceAttribute }: { surfaceAttribute?: string }) => {
      const { runImport } = await import('./run-import.ts')
      await runImport(folder, surfaceAttribute)
    })
}
