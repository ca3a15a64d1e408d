/** The little of the protobuf wire format that ONNX files need: varints and length-delimited fields. */

export interface Field {
  number: number;
  /** A varint's value; 0 for other wire types. Exact up to 2^53. */
  value: number;
  /** The bytes of a length-delimited or fixed-size field; empty for a varint. */
  bytes: Uint8Array;
}

const none = new Uint8Array();

/** The fields of one message, in the order in which they stand. */
export function* fields(message: Uint8Array): Generator<Field> {
  let at = 0;
  function varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError("a protobuf message ends in the middle of a number");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }
  function take(length: number): Uint8Array {
    if (length > message.length - at) throw new RangeError("a protobuf field is longer than its message");
    at += length;
    return message.subarray(at - length, at);
  }
  while (at < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    const wire = key % 8;
    if (wire === 0) yield { number, value: varint(), bytes: none };
    else if (wire === 1) yield { number, value: 0, bytes: take(8) };
    else if (wire === 2) yield { number, value: 0, bytes: take(varint()) };
    else if (wire === 5) yield { number, value: 0, bytes: take(4) };
    else throw new RangeError(`protobuf wire type ${wire} is unknown`);
  }
}

/** A message under construction. */
export class Message {
  readonly #parts: Uint8Array[] = [];

  /** A field that holds a whole number, zero or more. */
  number(field: number, value: number): this {
    this.#parts.push(encodeVarint(field * 8), encodeVarint(value));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#parts.push(encodeVarint(field * 8 + 2), encodeVarint(value.length), value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.encode());
  }

  encode(): Uint8Array {
    return new Uint8Array(Bun.concatArrayBuffers(this.#parts));
  }
}

function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
