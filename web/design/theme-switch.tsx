import { Monitor, Moon, Sun } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from './button.tsx'
import { chooseTheme, chosenTheme, type Theme } from './theme.ts'

const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' }
const ICONS = { system: Monitor, light: Sun, dark: Moon }

/** The texts of a switch. The label says what is chosen now. */
export type ThemeTexts = Readonly<Record<Theme, string>>

/** A button that goes through the themes: that of the device, light, dark. */
export function ThemeSwitch({ texts }: { readonly texts: ThemeTexts }) {
  const [theme, setTheme] = useState(chosenTheme)
  const Icon = ICONS[theme]
  const choose = () => {
    chooseTheme(NEXT[theme])
    setTheme(NEXT[theme])
  }
  return (
    <IconButton label={texts[theme]} onClick={choose}>
      <Icon size={18} aria-hidden />
    </IconButton>
  )
}
