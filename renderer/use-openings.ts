import { useEffect } from 'react';
import { useClient } from './queries.ts';
import { showLink } from './show-link.ts';
import { choose } from './state.ts';
import { showAlert } from './views/show-alert.ts';

/**
 * Shows what the window is asked from outside to show, once it is known which workspace is open: what belonged to another
 * one is dropped then, and a link that came before would be dropped with it.
 */
export function useOpenings(isReady: boolean): void {
  const client = useClient();
  useEffect(() => {
    if (!isReady) return;
    const abort = new AbortController();
    client
      .call(
        'openings.watch',
        {},
        {
          signal: abort.signal,
          onItem: (opening) => {
            if (opening.kind === 'package') choose({ dialog: 'package', openedPackage: opening });
            else if (opening.kind === 'alert') void showAlert(opening.alert, client);
            else showLink(opening);
          },
        },
      )
      // A window whose line to main is gone is closing or reloads; it listens again then.
      .catch(() => undefined);
    return () => abort.abort();
  }, [client, isReady]);
}
