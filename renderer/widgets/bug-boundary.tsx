import { IconX } from '@tabler/icons-react';
import { Component, type ReactNode } from 'react';
import { messageOf } from '../../shared/base/failure.ts';
import { widgetTexts } from '../texts/widgets.ts';
import { EmptyState } from './empty-state.tsx';
import { Name } from './name.tsx';

/**
 * Keeps a view that broke from taking the window with it: says so, and draws the view again when asked. `resetKey`
 * changes when another view is shown.
 */
export class BugBoundary extends Component<
  { readonly resetKey: string; readonly children: ReactNode },
  { readonly error: unknown }
> {
  override state: { readonly error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override componentDidUpdate(before: { readonly resetKey: string }): void {
    if (before.resetKey !== this.props.resetKey && this.state.error !== undefined) this.setState({ error: undefined });
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return (
      <section className="pane" role="alert">
        <EmptyState
          icon={IconX}
          title={widgetTexts.broke}
          actions={
            <button type="button" className="btn sm" onClick={() => this.setState({ error: undefined })}>
              {widgetTexts.showAgain}
            </button>
          }
        >
          {widgetTexts.nothingLost} <Name text={messageOf(this.state.error)} />
        </EmptyState>
      </section>
    );
  }
}
