import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'
import { operationsPlugin } from './web/api/operations-plugin.ts'
import { documentsPlugin } from './web/documents/documents-plugin.ts'

const WEB = join(import.meta.dirname, 'web')
const OUT = join(import.meta.dirname, 'dist/web')
/** Shorter files are sent as they are. */
const COMPRESSED_FROM_BYTES = 1024

/** Folders of `web` with an HTML file: each is a page. */
const pages = readdirSync(WEB, { recursive: true, encoding: 'utf8' }).filter((path) => /^[\w-]+[/\\]index\.html$/.test(path))

/** Writes a compressed copy beside each script and style, so that the server need not compress them. */
const compressedCopies: Plugin = {
  name: 'compressed-copies',
  apply: 'build',
  writeBundle() {
    for (const path of readdirSync(OUT, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(js|css|svg|html)$/.test(path)) continue
      const content = readFileSync(join(OUT, path))
      if (content.length < COMPRESSED_FROM_BYTES) continue
      const params = { [constants.BROTLI_PARAM_QUALITY]: 9 }
      writeFileSync(join(OUT, `${path}.br`), brotliCompressSync(content, { params }))
      writeFileSync(join(OUT, `${path}.gz`), gzipSync(content, { level: 9 }))
    }
  },
}

/** Makes each page ask for its font at once: a style sheet names it later, and words that change their font move what is below them. */
const earlyFont: Plugin = {
  name: 'early-font',
  transformIndexHtml: {
    // Before the build gives files their final names.
    order: 'pre',
    handler: () => [
      {
        tag: 'link',
        injectTo: 'head',
        attrs: {
          rel: 'preload',
          href: '../../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
          as: 'font',
          type: 'font/woff2',
          crossorigin: true,
        },
      },
    ],
  },
}

/** Builds the web pages, one HTML file for each. `npm run build` does it. */
export default defineConfig({
  root: WEB,
  plugins: [earlyFont, documentsPlugin(import.meta.dirname), operationsPlugin(import.meta.dirname), compressedCopies],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2022',
    // Browsers that know `light-dark()`, since 2024.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The pages permit no data: addresses for scripts, styles and fonts.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      input: Object.fromEntries(pages.map((path) => [dirname(path), join(WEB, path)])),
      // A newcomer who runs `npm start` need not know how long the parts of the build take.
      checks: { pluginTimings: false },
      // Packages mark components for servers that render React. These pages have none.
      onwarn: (warning, warn) => warning.code !== 'MODULE_LEVEL_DIRECTIVE' && warn(warning),
    },
  },
  logLevel: 'warn',
})
