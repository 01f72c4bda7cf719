import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BinaryHeap } from './binary-heap.ts';

it('gives items in order, however pushes and pops are mixed; a copy is its own', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer(), fc.constant('pop' as const))), (steps) => {
      const heap = new BinaryHeap<number>((a, b) => a - b);
      let model: number[] = [];
      for (const step of steps) {
        if (step === 'pop') {
          expect(heap.peek()).toBe(model[0]);
          expect(heap.pop()).toBe(model[0]);
          model = model.slice(1);
        } else {
          heap.push(step);
          model = [...model, step].sort((a, b) => a - b);
        }
        expect(heap.size).toBe(model.length);
      }
      const copy = heap.copy();
      expect(model.map(() => copy.pop())).toEqual(model);
      expect(heap.size).toBe(model.length);
    }),
  );
});
