import { type DefineCommand, examples } from './program.ts'

export const importCommand: DefineCommand = (program) => {
  program
    .command('import')
    .summary('bring history into a store before it goes live')
    .description(
      `Brings months of history into a store before it goes live. Each event is recorded as of its own time. The settings of the service
name the store: REDIS_URL, or DATA_DIR for the embedded one, whose service must not be running. An import that is cut short can be
run again: nothing counts twice.`,
    )
    .argument(
      '<folder>',
      'events.jsonl.gz, sorted by (timestamp, eventId), and items.jsonl.gz if items have attributes; or what liverank export wrote',
    )
    .option(
      '--surface-attribute <name>',
      'the event attribute that names the surface, if it is not eventAttributes.surface: a text or a number',
    )
    .addHelpText('after', examples('DATA_DIR=/var/lib/liverank liverank import ./history'))
    .action(async (folder: string, { surfaceAttribute }: { surfaceAttribute?: string }) => {
      const { runImport } = await import('./run-import.ts')
      await runImport(folder, surfaceAttribute)
    })
}
