// How the services behave just now: slow, unsteady, down. Set by the environment, changed by POST /control.
const SERVICES = ['order', 'payment', 'recs'];
// Of the answers of a service that is late now and then.
const LATE_SHARE = 0.01;

// "order=0,recs=200" to {order: 0, recs: 200}.
function parse(text) {
  const pairs = (text ?? '').split(',').filter(Boolean).map((pair) => pair.split('='));
  return Object.fromEntries(pairs.map(([name, value]) => [name.trim(), Number(value)]));
}

export class Modes {
  constructor(environment) {
    this.delayMs = Object.fromEntries(SERVICES.map((name) => [name, 0]));
    this.jitterMs = { ...this.delayMs };
    this.lateMs = { ...this.delayMs };
    this.down = new Set();
    const down = (environment.DOWN ?? '').split(',').map((name) => name.trim()).filter(Boolean);
    this.change({ delayMs: parse(environment.DELAY_MS), jitterMs: parse(environment.JITTER_MS), down });
  }

  // Changes what is given. Throws a RangeError, and changes nothing, for a service or a time that cannot be.
  change({ delayMs = {}, jitterMs = {}, lateMs = {}, down }) {
    const times = [delayMs, jitterMs, lateMs].flatMap(Object.entries);
    const names = [...times.map(([name]) => name), ...(down ?? [])];
    if (!names.every((name) => SERVICES.includes(name))) throw new RangeError(`services are ${SERVICES.join(', ')}`);
    if (!times.every(([, time]) => time >= 0)) throw new RangeError('times are milliseconds');
    Object.assign(this.delayMs, delayMs);
    Object.assign(this.jitterMs, jitterMs);
    Object.assign(this.lateMs, lateMs);
    if (down) this.down = new Set(down);
  }

  // Milliseconds that this answer of a service takes.
  delay(service) {
    const jitter = this.jitterMs[service];
    const late = this.lateMs[service];
    return this.delayMs[service] + (jitter ? Math.random() * jitter : 0) + (late && Math.random() < LATE_SHARE ? late : 0);
  }

  toJSON() {
    return { delayMs: this.delayMs, jitterMs: this.jitterMs, lateMs: this.lateMs, down: [...this.down] };
  }
}
