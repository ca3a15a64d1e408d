/** Structs of the contract, packed by hand: each begins with its size, and what is not set is zero, the default. */
import { ptr } from "bun:ffi";

type Scalar = "i32" | "f32" | "pointer";

/** Member → offset and type, as the C compiler lays them out; the test holds this against the header. */
export interface Layout {
  size: number;
  members: Record<string, readonly [offset: number, type: Scalar]>;
}

/** A struct for one call, and what its pointers point to. */
export class Struct<L extends Layout> {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #layout: L;
  readonly #view: DataView;
  readonly #kept: ArrayBufferView[] = [];

  constructor(layout: L) {
    this.#layout = layout;
    this.#bytes = new Uint8Array(layout.size);
    this.#view = new DataView(this.#bytes.buffer);
    this.#view.setUint32(0, layout.size, true);
  }

  set(name: keyof L["members"] & string, value: number | undefined): void {
    if (value === undefined) return;
    const [offset, type] = this.#layout.members[name] as readonly [number, Scalar];
    if (type === "f32") this.#view.setFloat32(offset, value, true);
    else this.#view.setInt32(offset, value, true);
  }

  point(name: keyof L["members"] & string, memory: Uint8Array | Int32Array | undefined): void {
    if (memory === undefined) return;
    const [offset] = this.#layout.members[name] as readonly [number, Scalar];
    this.#kept.push(memory);
    this.#view.setBigUint64(offset, BigInt(ptr(memory)), true);
  }

  /** Makes the call. What the struct points to cannot be collected before it returns, because it is let go only then. */
  during<T>(call: (bytes: Uint8Array<ArrayBuffer>) => T): T {
    try {
      return call(this.#bytes);
    } finally {
      this.#kept.length = 0;
    }
  }
}
