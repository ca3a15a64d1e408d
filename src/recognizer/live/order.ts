/** What is pushed and asked for takes effect in the order in which it came, each when what it waits for is there. */

interface Step {
  /** Set when nothing is waited for. */
  run: (() => void) | undefined;
}

export class Order {
  readonly #failed: (thrown: unknown) => void;
  #steps: Step[] = [];
  #isRunning = false;

  constructor(failed: (thrown: unknown) => void) {
    this.#failed = failed;
  }

  /** Acts after all that came before: at once, when nothing is waited for. */
  add(action: () => void): void {
    this.#steps.push({ run: action });
    this.#run();
  }

  /** Acts on what is promised, or fails as it does. */
  addWhen<T>(promised: Promise<T>, action: (value: T) => void): void {
    const step: Step = { run: undefined };
    this.#steps.push(step);
    promised.then(
      (value) => this.#ready(step, () => action(value)),
      (thrown) => this.#ready(step, () => this.#failed(thrown)),
    );
  }

  /** Resolves when all that came before has taken effect. */
  get done(): Promise<void> {
    return new Promise((resolve) => this.add(resolve));
  }

  #ready(step: Step, run: () => void): void {
    step.run = run;
    if (this.#steps[0] === step) this.#run();
  }

  /** What an action asks for itself comes after all that waits already. */
  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    let next = 0;
    for (let run = this.#steps[next]?.run; run !== undefined; run = this.#steps[++next]?.run) {
      try {
        run();
      } catch (thrown) {
        this.#failed(thrown);
      }
    }
    this.#steps.splice(0, next);
    this.#isRunning = false;
  }
}
