// Seeded random choices: the same data in every process.
export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  // mulberry32 (Tommy Ettinger, public domain): 0 to 1.
  next() {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  int(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick(choices) {
    return choices[Math.floor(this.next() * choices.length)];
  }

  // Never integral, so that no serialiser has to choose between 4 and 4.0.
  rating() {
    return this.int(2, 4) + this.int(1, 9) / 10;
  }
}

export const pad = (number, width) => String(number).padStart(width, '0');
