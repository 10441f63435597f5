import { accessPage } from './access-page.ts'
import { commandsPages } from './commands-page.ts'
import { featuresPage } from './features-page.ts'
import { metricsPage } from './metrics-page.ts'
import { settingsPage } from './settings-page.ts'

/** Every page that `npm run docs` writes, by path from the root of the project. */
export function generatedPages(): Readonly<Record<string, string>> {
  return {
    'docs/reference/access.md': accessPage(),
    'docs/reference/settings.md': settingsPage(),
    'docs/reference/metrics.md': metricsPage(),
    'docs/reference/features.md': featuresPage(),
    ...commandsPages(),
  }
}
