import { ArrowRight, BookOpen, Code, LayoutDashboard, ShoppingBag } from 'lucide-react'
import { makeApiClient } from '../api/api-client.ts'
import { Logo } from '../design/logo.tsx'
import { shownPages } from '../design/page.tsx'
import { ThemeSwitch } from '../design/theme-switch.tsx'
import { Alive } from './alive.tsx'
import styles from './start-page.module.css'
import { texts } from './texts.ts'

const api = makeApiClient()

const LINKS = [
  { page: 'shop', path: '/demo', icon: ShoppingBag },
  { page: 'console', path: '/console', icon: LayoutDashboard },
  { page: 'documents', path: '/docs/README.html', icon: BookOpen },
  { page: 'graphiql', path: '/graphql', icon: Code },
] as const

/** Says what runs here and that it is alive, and leads to the other pages that the service shows. */
export function StartPage() {
  const shown = shownPages()
  return (
    <div className={styles.page}>
      <header className={styles.top}>
        <Logo />
        <ThemeSwitch texts={texts.theme} />
      </header>
      <main className={styles.main}>
        <div className={styles.intro}>
          <h1 className={styles.title}>{texts.title}</h1>
          <p className={styles.sentence}>{texts.sentence}</p>
        </div>
        <nav aria-label={texts.goTo}>
          <ul className={styles.links}>
            {LINKS.filter(({ page }) => page === 'documents' || shown.includes(page)).map(({ page, path, icon: Icon }) => (
              <li key={page}>
                <a href={path} className={styles.link}>
                  <Icon size={22} aria-hidden className={styles.icon} />
                  <span className={styles.name}>
                    {texts.links[page].title} <ArrowRight size={16} aria-hidden className={styles.arrow} />
                  </span>
                  <span className={styles.more}>{texts.links[page].more}</span>
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <Alive api={api} />
      </main>
    </div>
  )
}
