import { SectionOfIds } from '../section-of-ids.tsx'
import { texts } from './texts.ts'
import { UserList } from './user-list.tsx'
import { UserPage } from './user-page.tsx'

/** The section Users: a list of users, or the page of the one that the address names. */
export default function UserSection() {
  // Of each user, everything on the page is read anew.
  return <SectionOfIds texts={texts} list={<UserList />} page={({ id, form }) => <UserPage key={id} userId={id} form={form} />} />
}
