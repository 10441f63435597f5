import { repeatable } from './option-parsers.ts'
import { type DefineCommand, examples } from './program.ts'

export const exportCommand: DefineCommand = (program) => {
  program
    .command('export')
    .summary("write a store's log to a folder or to standard output")
    .description(
      `Writes the log of a store, with its archive, as JSON lines. Set REDIS_URL, or DATA_DIR for the embedded store, and ARCHIVE_DIR as for
the service. The service may keep running; entries that it adds during the export are not exported. liverank train and liverank import
read the folder.`,
    )
    .argument('<target>', 'the folder to create, which must not exist, for gzip files; or - for standard output')
    .addOption(repeatable('--archive <dir>', 'also export the archives in this folder, such as that of another process'))
    .addHelpText(
      'after',
      examples(
        'DATA_DIR=/var/lib/liverank liverank export ./log-2026-11',
        'REDIS_URL=redis://127.0.0.1:6379 ARCHIVE_DIR=/archive liverank export ./log',
        `liverank export - | jq -c 'select(.kind == "events")' | gzip > events.jsonl.gz`,
      ),
    )
    .action(async (target: string, { archive }: { archive: readonly string[] }) => {
      const { runExport } = await import('./run-export.ts')
      await runExport(target, archive)
    })
}
