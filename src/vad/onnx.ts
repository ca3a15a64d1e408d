/**
 * ONNX files: the constants of one that exists, and a new one written node by node. Field numbers are those of onnx.proto3
 * (github.com/onnx/onnx), IR version 8.
 */
import { fields, Message } from "./protobuf.ts";

export interface Constant {
  dims: number[];
  data: Float32Array;
}

const FLOAT = 1;
const INT64 = 7;

/** All 32-bit float constants of a model by the name of their value, those in the branches of `If` nodes too. */
export function floatConstants(model: Uint8Array): Map<string, Constant> {
  const found = new Map<string, Constant>();
  for (const { number, bytes } of fields(model)) if (number === 7) collect(bytes, found);
  return found;
}

function collect(graph: Uint8Array, found: Map<string, Constant>): void {
  for (const { number, bytes: node } of fields(graph)) {
    if (number !== 1) continue;
    let output = "";
    for (const { number, bytes } of fields(node)) {
      if (number === 2) output = new TextDecoder().decode(bytes);
      if (number !== 5) continue;
      // An attribute: a tensor is field 5, a graph field 6.
      for (const { number, bytes: value } of fields(bytes)) {
        if (number === 6) collect(value, found);
        const constant = number === 5 ? readTensor(value) : undefined;
        if (constant) found.set(output, constant);
      }
    }
  }
}

function readTensor(tensor: Uint8Array): Constant | undefined {
  const dims: number[] = [];
  let type = 0;
  let raw: Uint8Array | undefined;
  for (const { number, value, bytes } of fields(tensor)) {
    if (number === 1) dims.push(value);
    else if (number === 2) type = value;
    else if (number === 9) raw = bytes;
  }
  if (type !== FLOAT || raw === undefined) return undefined;
  // Copied: the file's bytes need not be aligned to 4.
  return { dims, data: new Float32Array(raw.slice().buffer) };
}

/** A dimension: a size, or a name for one that is known when the model runs. */
type Dim = number | string;

/** Writes a model. Every method returns the name of the value that it defines. */
export class GraphWriter {
  readonly #graph = new Message();
  #names = 0;

  /** A node with one output. Attributes are whole numbers, lists of them, or text. */
  node(op: string, inputs: string[], attributes: Record<string, number | number[] | string> = {}): string {
    const name = `v${this.#names++}`;
    this.nodeNamed(op, inputs, [name], attributes);
    return name;
  }

  /** A node whose outputs have names of their own; an empty name leaves one out. */
  nodeNamed(
    op: string,
    inputs: string[],
    outputs: string[],
    attributes: Record<string, number | number[] | string> = {},
  ): void {
    const node = new Message();
    for (const input of inputs) node.text(1, input);
    for (const output of outputs) node.text(2, output);
    node.text(4, op);
    for (const [name, value] of Object.entries(attributes)) {
      const attribute = new Message().text(1, name);
      if (typeof value === "number") attribute.number(3, value).number(20, 2);
      else if (typeof value === "string") attribute.text(4, value).number(20, 3);
      else {
        for (const one of value) attribute.number(8, one);
        attribute.number(20, 7);
      }
      node.message(5, attribute);
    }
    this.#graph.message(1, node);
  }

  floats(dims: number[], data: Float32Array): string {
    return this.#tensor(FLOAT, dims, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  /** A list of whole numbers, as the sizes and positions of many nodes are given. */
  ints(...values: number[]): string {
    return this.#tensor(INT64, [values.length], new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer));
  }

  input(name: string, dims: Dim[]): string {
    this.#graph.message(11, valueInfo(name, dims));
    return name;
  }

  output(name: string, dims: Dim[]): void {
    this.#graph.message(12, valueInfo(name, dims));
  }

  /** The finished file. */
  model(opset: number): Uint8Array {
    const graph = this.#graph.text(2, "graph");
    return new Message().number(1, 8).message(7, graph).message(8, new Message().text(1, "").number(2, opset)).encode();
  }

  #tensor(type: number, dims: number[], raw: Uint8Array): string {
    const name = `v${this.#names++}`;
    const tensor = new Message();
    for (const dim of dims) tensor.number(1, dim);
    this.#graph.message(5, tensor.number(2, type).text(8, name).bytes(9, raw));
    return name;
  }
}

function valueInfo(name: string, dims: Dim[]): Message {
  const shape = new Message();
  for (const dim of dims)
    shape.message(1, typeof dim === "number" ? new Message().number(1, dim) : new Message().text(2, dim));
  const tensor = new Message().number(1, FLOAT).message(2, shape);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
