// Gives this process a wrong clock, before anything that reads it is loaded. Timers and performance.now() are
// what they were: a machine whose clock is set wrong has them right as well.
const shift = Number(process.env.IMPACT_FAULTS_CLOCK_SHIFT);
const RightDate = Date;

globalThis.Date = class Date extends RightDate {
  constructor(...given) {
    if (given.length === 0) super(RightDate.now() + shift);
    else super(...given);
  }

  static now() {
    return RightDate.now() + shift;
  }
};
