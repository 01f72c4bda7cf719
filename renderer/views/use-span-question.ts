import { useDeferredValue, useState } from 'react';
import type { Span } from '../../shared/base/time.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { TableSort } from '../widgets/table-columns.ts';
import { spanPageRows } from './span-table.tsx';

/** What a table below the timeline asks for: the filter within the span, sorted, and narrowed by what is typed beside it. */
export function useSpanQuestion<Sort extends string>(span: Span, filter: EvidenceFilter, sort: TableSort<Sort>) {
  const [text, setText] = useState('');
  const contains = useDeferredValue(text.trim());
  return {
    search: { text, onChange: setText },
    isNarrowed: contains !== '',
    question: {
      filter: { ...filter, fromMs: span.startMs, toMs: span.endMs },
      sort: sort.by,
      descending: sort.isDescending,
      limit: spanPageRows,
      ...(contains === '' ? {} : { contains }),
    },
  };
}
