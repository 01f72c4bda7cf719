/** Takes back changes of several maps together. `begin` once before each `undo`, never nested. */
export class UndoLog {
  private steps: (() => void)[] | undefined;

  begin(): void {
    this.steps = [];
  }

  /** Takes back every change since `begin`, exactly. */
  undo(): void {
    const steps = this.steps ?? [];
    this.steps = undefined;
    for (let at = steps.length - 1; at >= 0; at--) steps[at]?.();
  }

  record(step: () => void): void {
    this.steps?.push(step);
  }

  get isOn(): boolean {
    return this.steps !== undefined;
  }
}

/** A map whose changes can be taken back. Values are to be replaced, or got by `own` to be changed in place. */
export class UndoMap<K, V> {
  private readonly map = new Map<K, V>();
  private readonly log: UndoLog;

  constructor(log: UndoLog) {
    this.log = log;
  }

  get size(): number {
    return this.map.size;
  }

  get(key: K): V | undefined {
    return this.map.get(key);
  }

  /**
   * The value of a key to be changed in place, made where there is none: the one that is kept, or a copy that takes its place
   * where changes may have to be taken back. Copies of everything that is counted were most of what the collector had to do.
   */
  own(key: K, make: () => V, copy: (value: V) => V): V {
    const before = this.map.get(key);
    if (before !== undefined && !this.log.isOn) return before;
    const value = before === undefined ? make() : copy(before);
    this.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    if (this.log.isOn) {
      const before = this.map.get(key);
      this.log.record(before === undefined ? () => this.map.delete(key) : () => this.map.set(key, before));
    }
    this.map.set(key, value);
  }
}
