const KEY = 'liverank:theme'
const THEMES = ['system', 'light', 'dark'] as const
const dark = () => matchMedia('(prefers-color-scheme: dark)')

/** What the reader chose: `system` follows the settings of the device. */
export type Theme = (typeof THEMES)[number]

/** Returns what the reader chose on an earlier visit; `system` if nothing. */
export function chosenTheme(): Theme {
  const kept = storage()?.getItem(KEY)
  return THEMES.find((theme) => theme === kept) ?? 'system'
}

/** Shows the page in a theme, and keeps the choice in the browser. */
export function chooseTheme(theme: Theme): void {
  storage()?.setItem(KEY, theme)
  show()
}

/** Shows the page in the chosen theme, also after the device changes from light to dark. Call it before the first render. */
export function followTheme(): void {
  show()
  dark().addEventListener('change', show)
}

function show(): void {
  const theme = chosenTheme()
  document.documentElement.dataset.theme = theme === 'system' ? (dark().matches ? 'dark' : 'light') : theme
}

/** Browsers that keep nothing for pages throw at the name alone. */
function storage(): Storage | undefined {
  try {
    return localStorage
  } catch {
    return undefined
  }
}
