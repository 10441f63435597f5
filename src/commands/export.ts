import { Option } from 'commander'
import { PathArgument, PathOption } from './checked-paths.ts'
import { repeatable } from './option-parsers.ts'
import { newPath, onlyIf, readableFolder, STDOUT } from './path-checks.ts'
import { type DefineCommand, examples } from './program.ts'

/** Defines the command `liverank export`. */
export const exportCommand: DefineCommand = (program) => {
  program
    .command('export')
    .summary("write the service's log of events, or all data of one person, to files")
    .description(
      `Writes the log of a service, with its archive, into a folder: one JSON object per line for each change of the data, such as recorded
events and uploads. The commands liverank train and liverank import can read the folder. Set REDIS_URL or DATA_DIR, and ARCHIVE_DIR, as for
the service. The service may keep running, but the export lacks the entries that it adds in the meantime. With --user, the command instead
writes all that is stored of one person to a JSON file, to answer a request for access to personal data.`,
    )
    .addArgument(
      new PathArgument(
        '<target>',
        'write the files into this folder, which must not exist yet. With -, write to standard output',
        onlyIf(({ args }) => args[0] !== STDOUT, newPath('an export never overwrites: name a path that does not exist.')),
      ),
    )
    .addOption(
      new Option(
        '--user <id>',
        'write the data of the person with this user id, and with all ids merged with it. The target is then a file, which must not exist yet',
      ),
    )
    .addOption(
      repeatable(
        new PathOption(
          '--archive <dir>',
          'also export the archive in this folder, for processes of the service with other ARCHIVE_DIRs',
          readableFolder,
        ),
      ),
    )
    .addHelpText(
      'after',
      examples(
        '# export the log of a service on Redis, with the old entries in /archive',
        'REDIS_URL=redis://127.0.0.1:6379 ARCHIVE_DIR=/archive liverank export ./log',
        '# export all data of the user ana',
        'DATA_DIR=/var/lib/liverank liverank export --user ana ./ana.json',
        '# export only the log entries of events, into one file',
        `liverank export - | jq -c 'select(.kind == "events")' | gzip > events.jsonl.gz`,
      ),
    )
    .action(async (target: string, { archive, user }: { archive: readonly string[]; user?: string }) => {
      if (user === undefined) {
        const { runExport } = await import('./run-export.ts')
        await runExport(target, archive)
      } else {
        const { runExportUser } = await import('./run-export-user.ts')
        await runExportUser(user, target, archive)
      }
    })
}
