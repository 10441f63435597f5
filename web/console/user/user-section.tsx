import { useParameter } from '../address.ts'
import { IdForm } from '../id-form.tsx'
import { SectionHead } from '../section-head.tsx'
import { texts } from './texts.ts'
import { UserList } from './user-list.tsx'
import { UserPage } from './user-page.tsx'

/** The section Users: a list of users, or the page of the one that the address names. */
export default function UserSection() {
  const [userId, setUserId] = useParameter('id')
  const form = <IdForm label={texts.find} action={texts.findAction} value={userId ?? ''} onId={setUserId} />
  if (userId === null)
    return (
      <>
        <SectionHead title={texts.title} lead={texts.lead} actions={form} />
        <UserList />
      </>
    )
  // Of each user, everything on the page is read anew.
  return <UserPage key={userId} userId={userId} form={form} />
}
