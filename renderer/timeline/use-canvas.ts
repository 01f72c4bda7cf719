import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** Inner size of an element in CSS pixels, kept up to date; 0 before it is laid out. */
export function useSize(ref: RefObject<HTMLElement | null>): { readonly width: number; readonly height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => {
      const [width, height] = [Math.floor(element.clientWidth), Math.floor(element.clientHeight)];
      setSize((before) => (before.width === width && before.height === height ? before : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}

/**
 * A canvas that is painted at most once per frame, sharp at any scale. Returns what asks for a frame; `paint` gets a
 * context in CSS pixels and is always the newest.
 */
export function useCanvas(
  ref: RefObject<HTMLCanvasElement | null>,
  width: number,
  height: number,
  paint: (context: CanvasRenderingContext2D) => void,
): () => void {
  const newest = useRef(paint);
  newest.current = paint;
  const frame = useRef(0);
  const [request] = useState(() => () => {
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      const context = ref.current?.getContext('2d');
      if (context) newest.current(context);
    });
  });
  useLayoutEffect(() => {
    const canvas = ref.current;
    if (!canvas || width === 0) return;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const context = canvas.getContext('2d');
    context?.setTransform(scale, 0, 0, scale, 0, 0);
    if (context) newest.current(context);
  }, [ref, width, height]);
  useEffect(() => {
    request();
  });
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  return request;
}
