import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, extname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { BUNDLED } from './built-command.ts'

const ROOT = join(import.meta.dirname, '../..')
const DIST = join(ROOT, 'dist')
const CHUNKS = join(BUNDLED, 'chunks')
/** Names what was bundled. */
const KEY = join(BUNDLED, 'key')

/** Gives each file its place in the bundle as its own, so that it finds the programs that it starts there. */
const PLACES: Plugin = {
  name: 'places',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]dist[\\/](src|lab|bench|test)[\\/]/ }, ({ path }) => {
      const place = join(BUNDLED, relative(DIST, path))
      const names = { url: pathToFileURL(place).href, dirname: dirname(place), filename: place }
      const text = readFileSync(path, 'utf8')
      return {
        contents: text.replace(/\bimport\.meta\.(url|dirname|filename)\b/g, (_, name) =>
          JSON.stringify(Reflect.get(names, name)),
        ),
      }
    })
  },
}

/**
 * Bundles the compiled programs with their packages, if the bundle was made of other sources. Node starts the bundled service with two
 * fifths of the CPU that its hundreds of files take.
 */
export async function bundlePrograms(): Promise<void> {
  const key = keyOf([
    ...['src', 'lab', 'bench', 'test-programs'].map((part) => join(DIST, `${part}.tsbuildinfo`)),
    join(ROOT, 'package-lock.json'),
    import.meta.filename,
  ])
  if (bundledKey() === key) return
  const { metafile } = await build({
    absWorkingDir: DIST,
    entryPoints: [
      'src/commands/main.js',
      'lab/commands/main.js',
      'src/server/health-worker.js',
      'bench/support/live-load.js',
      ...programs(),
    ],
    outbase: DIST,
    outdir: BUNDLED,
    chunkNames: 'chunks/[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    logLevel: 'warning',
    // Of a line that sets what is defined below.
    logOverride: { 'assign-to-define': 'silent' },
    // Packages with programs for the processor.
    external: ['onnxruntime-node', 'fs-native-extensions'],
    // The order of modules changes: the one that sets this may come too late.
    define: { 'process.env.NODE_ENV': '"production"' },
    // What packages in the older format load of Node.
    banner: { js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);` },
    plugins: [PLACES],
    metafile: true,
  })
  // Only now: another run of the tests may have built the same, and use it.
  const chunks = new Set(Object.keys(metafile.outputs).map((path) => basename(path)))
  for (const name of readdirSync(CHUNKS)) if (!chunks.has(name)) rmSync(join(CHUNKS, name))
  writeFileSync(KEY, key)
}

/** Benchmarks, and programs of the tests, by path in the folder `dist`. That may have more, whose source is gone. */
function programs(): readonly string[] {
  return ['bench', 'test/programs'].flatMap((folder) =>
    readdirSync(join(ROOT, folder)).flatMap((name) =>
      extname(name) === '.ts' ? join(folder, `${basename(name, '.ts')}.js`) : [],
    ),
  )
}

/** Of the contents of the files. The compiler notes in a file of its own what each source had in it. */
function keyOf(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(file))
  return hash.digest('hex')
}

function bundledKey(): string | undefined {
  try {
    return readFileSync(KEY, 'utf8')
  } catch {
    return
  }
}
