import {
  ChartLine,
  Database,
  FlaskConical,
  KeyRound,
  LayoutDashboard,
  type LucideIcon,
  Package,
  Pin,
  Sigma,
  Users,
} from 'lucide-react'
import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import { Overview } from './overview/overview.tsx'
import { texts } from './texts.ts'

/** A section of the console. */
export interface Section {
  /** Path below that of the console. */
  readonly path: string
  readonly title: string
  readonly icon: LucideIcon
  readonly page: ComponentType | LazyExoticComponent<ComponentType>
}

const titles = texts.sections

/** The sections, in the order of the navigation. The first one comes with the page, and each other one is loaded when it is opened. */
export const SECTIONS: readonly Section[] = [
  { path: '/', title: titles.overview, icon: LayoutDashboard, page: Overview },
  { path: '/users', title: titles.users, icon: Users, page: lazy(() => import('./user/user-section.tsx')) },
  { path: '/items', title: titles.items, icon: Package, page: lazy(() => import('./item/item-section.tsx')) },
  { path: '/rules', title: titles.rules, icon: Pin, page: lazy(() => import('./rules/rules-section.tsx')) },
  { path: '/models', title: titles.models, icon: ChartLine, page: lazy(() => import('./models/models-section.tsx')) },
  { path: '/features', title: titles.features, icon: Sigma, page: lazy(() => import('./features/features-section.tsx')) },
  {
    path: '/experiments',
    title: titles.experiments,
    icon: FlaskConical,
    page: lazy(() => import('./experiments/experiments-section.tsx')),
  },
  { path: '/keys', title: titles.keys, icon: KeyRound, page: lazy(() => import('./keys/keys-section.tsx')) },
  { path: '/query', title: titles.query, icon: Database, page: lazy(() => import('./query/query-section.tsx')) },
]
