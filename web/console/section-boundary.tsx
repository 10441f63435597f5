import { Component, type ReactNode } from 'react'
import { Button } from '../design/button.tsx'
import { Notice } from '../design/notice.tsx'
import { texts } from './texts.ts'

const { brokenSection: said } = texts

/**
 * Says that a section cannot be shown, in place of an empty page: its scripts did not come, since the service was updated or is away,
 * or it has failed. Give it another `key` for another section.
 */
export class SectionBoundary extends Component<{ readonly children: ReactNode }, { readonly isBroken: boolean }> {
  override state = { isBroken: false }

  static getDerivedStateFromError() {
    return { isBroken: true }
  }

  override render() {
    if (!this.state.isBroken) return this.props.children
    return (
      <Notice kind="error" title={said.title}>
        <p>{said.advice}</p>
        <Button onClick={() => location.reload()}>{said.reload}</Button>
      </Notice>
    )
  }
}
