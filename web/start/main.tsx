import { showPage } from '../design/page.tsx'
import { StartPage } from './start-page.tsx'

showPage(<StartPage />)
