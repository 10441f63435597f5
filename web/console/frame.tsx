import { LogOut } from 'lucide-react'
import { Suspense, useEffect, useRef } from 'react'
import { Link, Route, Switch, useLocation } from 'wouter'
import { IconButton } from '../design/button.tsx'
import { classes } from '../design/classes.ts'
import { Logo } from '../design/logo.tsx'
import { Notice, Placeholder } from '../design/notice.tsx'
import { ThemeSwitch } from '../design/theme-switch.tsx'
import styles from './frame.module.css'
import { useReader } from './reader.ts'
import { SectionBoundary } from './section-boundary.tsx'
import { SECTIONS } from './sections.ts'
import { texts } from './texts.ts'

const CONTENT = 'content'

/** The frame around the sections: navigation, who reads, and the section that the address names. */
export function Frame() {
  const [location] = useLocation()
  return (
    <div className={styles.frame}>
      <a href={`#${CONTENT}`} className={styles.skip}>
        {texts.skip}
      </a>
      <Sidebar />
      <main id={CONTENT} className={styles.content} tabIndex={-1}>
        <SectionBoundary key={location}>
          <Suspense fallback={<Placeholder label={texts.loading} height={480} />}>
            <Switch>
              {SECTIONS.map(({ path, page: Page }) => (
                <Route key={path} path={path}>
                  <Page />
                </Route>
              ))}
              <Route>
                <Notice kind="empty" title={texts.unknownSection.title}>
                  {texts.unknownSection.advice}
                </Notice>
              </Route>
            </Switch>
          </Suspense>
        </SectionBoundary>
      </main>
    </div>
  )
}

function Sidebar() {
  const { role, hasToken, leave } = useReader()
  const [location] = useLocation()
  const current = useRef<HTMLAnchorElement>(null)
  // On a phone, the navigation is a row that scrolls sideways.
  useEffect(() => {
    current.current?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [location])
  return (
    <header className={styles.sidebar}>
      <a href="/" className={styles.home} title={texts.start}>
        <Logo />
      </a>
      <nav aria-label={texts.navigation} className={styles.navigation}>
        {SECTIONS.map(({ path, title, icon: Icon }) => (
          <Link
            key={path}
            href={path}
            ref={location === path ? current : undefined}
            aria-current={location === path ? 'page' : undefined}
            className={classes(styles.link, location === path && styles.current)}
          >
            <Icon size={17} aria-hidden />
            {title}
          </Link>
        ))}
      </nav>
      <div className={styles.reader}>
        <p className={styles.role}>{hasToken ? texts.role[role] : texts.role.local}</p>
        <ThemeSwitch texts={texts.theme} />
        {hasToken && (
          <IconButton label={texts.signOut} onClick={leave}>
            <LogOut size={17} aria-hidden />
          </IconButton>
        )}
      </div>
    </header>
  )
}
