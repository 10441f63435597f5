/**
 * The direction of imports, from the top to the bottom: a folder may import from those below it, and from the files of `src` itself,
 * which import from no folder. So no two folders need each other.
 * `npm run check` enforces it.
 */
const ORDER = [
  'commands',
  'doctor',
  'export',
  'import',
  'serve',
  'metrics',
  'server',
  'schema',
  'service',
  'analysis',
  'rights',
  'live',
  'slate',
  'auth',
  'events',
  'domain',
  'candidates',
  'rules',
  'ranking',
  'accumulators',
  'catalogue',
  'settings',
  'state',
  'logging',
]

const upward = ORDER.slice(1).map((folder, i) => ({
  name: `${folder}-imports-upward`,
  comment: `src/${folder} may import from the folders below it in ORDER, not from those above.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: `^src/(${ORDER.slice(0, i + 1).join('|')})/` },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'circle',
      comment: 'Move what both need into a file of its own.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'service-imports-lab',
      comment: 'The image has src alone. What both need belongs to src.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(lab|test|bench|scripts)/' },
    },
    {
      name: 'code-imports-tests',
      severity: 'error',
      from: { path: '^(lab|bench)/' },
      to: { path: '^test/' },
    },
    {
      name: 'stores-import-each-other',
      comment: 'Redis and the embedded store know the log and the store interface, not each other.',
      severity: 'error',
      from: { path: '^src/state/(redis|embedded)/' },
      to: { path: '^src/state/(redis|embedded)/', pathNot: '^src/state/$1/' },
    },
    {
      name: 'state-imports-its-parts',
      comment: 'The log and both stores import the files of src/state, not the reverse.',
      severity: 'error',
      from: { path: '^src/state/[^/]+$' },
      to: { path: '^src/state/[^/]+/' },
    },
    {
      name: 'log-imports-stores',
      comment: 'Both stores import the log.',
      severity: 'error',
      from: { path: '^src/state/log/' },
      to: { path: '^src/state/(redis|embedded)/' },
    },
    {
      name: 'client-imports-the-rest',
      comment: 'The client is a package of its own, which knows the public API alone.',
      severity: 'error',
      from: { path: '^clients/' },
      to: { path: '^(src|lab|test|bench|scripts)/' },
    },
    {
      name: 'pages-import-the-service',
      comment: 'The web pages know the public API alone, and run in a browser.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^(src|lab|test|bench|scripts)/' },
    },
    {
      name: 'pages-import-each-other',
      comment: 'What several pages need belongs to web/design or web/api.',
      severity: 'error',
      from: { path: '^web/(?!(?:design|api|generated)/)([^/]+)/' },
      to: { path: '^web/', pathNot: '^web/($1|design|api|generated)/' },
    },
    {
      name: 'the-rest-imports-the-client',
      severity: 'error',
      from: { path: '^(src|lab|bench)/' },
      to: { path: '^(clients|web)/' },
    },
    {
      name: 'service-or-client-imports-what-only-clones-have',
      comment: 'A production install has only `dependencies`. Types of packages may be in `devDependencies`.',
      severity: 'error',
      from: { path: '^(src|clients)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm-peer'] },
    },
    {
      name: 'imports-what-its-package-does-not-declare',
      comment:
        'Each package lists what it imports: add it to the nearest package.json, in the version of the others, and run npm install.',
      severity: 'error',
      from: {},
      // A peer in `peerDependenciesMeta` counts as both.
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    ...upward,
    {
      name: 'loose-file-imports-folders',
      comment: 'Each folder imports these files. A file that needs a folder belongs to a folder above it.',
      severity: 'error',
      from: { path: '^src/[^/]+$', pathNot: '^src/index\\.ts$' },
      to: { path: '^src/[^/]+/' },
    },
    {
      name: 'service-imports-its-exports',
      comment: 'src/index.ts is for those who install the package.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/index\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.mjs'], exportsFields: ['exports'], conditionNames: ['import'] },
  },
}
