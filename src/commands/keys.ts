import { type Command, Option } from 'commander'
import { KEY_ROLES, type KeyRole } from '../auth/key-record.ts'
import { type DefineCommand, examples } from './program.ts'

const URL_HELP =
  'send a request to the running service with this address, such as http://127.0.0.1:4000/graphql. Set the environment variable LIVERANK_TOKEN to the key or token of an admin'

/** Defines the command `liverank keys` with its subcommands. */
export const keysCommand: DefineCommand = (program) => {
  const keys = program
    .command('keys')
    .summary('create, list and revoke static keys (secrets of callers)')
    .description(
      `Creates, lists and revokes static keys: secrets by which a server or a person proves who they are. Once there is a key, every
caller of the service must send a key or a signed token (JWT). Set REDIS_URL or DATA_DIR as for the service. While a service uses DATA_DIR,
pass the address of the service as --url instead.`,
    )
    .addHelpText(
      'after',
      examples(
        '# create a key with the role admin and the name deploy',
        'liverank keys create --role admin --name deploy',
        '# list the keys of a running service',
        'LIVERANK_TOKEN=lrk_… liverank keys list --url http://127.0.0.1:4000/graphql',
        '# revoke the key with the id 0123456789abcdef',
        'liverank keys revoke 0123456789abcdef',
      ),
    )
  addCreate(keys)
  addList(keys)
  addRevoke(keys)
}

function addCreate(keys: Command): void {
  keys
    .command('create')
    .summary('create a key, and print it once')
    .description(
      'Creates a key, and prints it on standard output. Nobody can read the key again later. You must give the options --role and --name.',
    )
    .addOption(
      new Option('--role <role>', 'give the key this role, which says what a caller with the key may do')
        .choices(KEY_ROLES)
        .makeOptionMandatory(),
    )
    .requiredOption('--name <name>', 'give the key this name, which the list of keys shows')
    .option('--url <url>', URL_HELP)
    .addHelpText(
      'after',
      examples(
        '# create a key for a server that sends events, and keep it in the file key',
        'liverank keys create --role backend --name webshop > key',
      ),
    )
    .action(async ({ role, name, url }: { role: KeyRole; name: string; url?: string }) => {
      const { createKey } = await import('./run-keys.ts')
      await createKey(role, name, url)
    })
}

function addList(keys: Command): void {
  keys
    .command('list')
    .summary('list the keys')
    .description(
      'Lists all valid keys, and the last 100 revoked ones, as JSON lines. The oldest key comes first. The lines show names and ids of keys, never a key itself.',
    )
    .option('--url <url>', URL_HELP)
    .addHelpText(
      'after',
      examples(
        '# list the keys while no service uses DATA_DIR',
        'liverank keys list',
        '# list the keys of a running service',
        'LIVERANK_TOKEN=lrk_… liverank keys list --url http://127.0.0.1:4000/graphql',
      ),
    )
    .action(async ({ url }: { url?: string }) => {
      const { listKeys } = await import('./run-keys.ts')
      await listKeys(url)
    })
}

function addRevoke(keys: Command): void {
  keys
    .command('revoke')
    .summary('revoke a key')
    .description('Revokes a key for ever. Every process of the service refuses the key within seconds.')
    .argument('<id>', 'revoke the key with this id. The command liverank keys list prints the ids')
    .option('--url <url>', URL_HELP)
    .addHelpText(
      'after',
      examples(
        '# revoke a key of a running service',
        'LIVERANK_TOKEN=lrk_… liverank keys revoke 0123456789abcdef --url http://127.0.0.1:4000/graphql',
      ),
    )
    .action(async (id: string, { url }: { url?: string }) => {
      const { revokeKey } = await import('./run-keys.ts')
      await revokeKey(id, url)
    })
}
