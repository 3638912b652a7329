/** What looks like chance and is the same for the same seed and round (sfc32 of PractRand). Never for secrets. */
export class Random {
  private a: number;
  private b: number;
  private c = 0x9e3779b9;
  private counter = 1;

  constructor(seed: number, round: number) {
    this.a = seed | 0;
    this.b = round | 0;
    for (let turn = 0; turn < 12; turn++) this.next();
  }

  /** A whole number from 0 up to, but not including, `end`. */
  below(end: number): number {
    return Math.floor((this.next() / 2 ** 32) * end);
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True that often: `share` of 1. */
  chance(share: number): boolean {
    return this.next() < share * 2 ** 32;
  }

  pick<T>(...these: readonly [T, ...T[]]): T {
    return these[this.below(these.length)] ?? these[0];
  }

  octets(length: number): Buffer {
    const octets = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at++) octets[at] = this.next() & 0xff;
    return octets;
  }

  private next(): number {
    const sum = (this.a + this.b + this.counter++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum | 0;
    return sum >>> 0;
  }
}
